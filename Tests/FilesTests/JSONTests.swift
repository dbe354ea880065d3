import Files
import Foundation
import Testing

@Suite struct JSONTests {
    @Test func keepsOrder() {
        let value: JSON = ["b": 1, "a": [1, 2.5, nil, true], "c": [], "d": [[1], [2]], "e": [:]]
        #expect(value.compactText == #"{"b": 1, "a": [1, 2.5, null, true], "c": [], "d": [[1], [2]], "e": {}}"#)
        #expect(
            value.text == """
                {
                  "b": 1,
                  "a": [1, 2.5, null, true],
                  "c": [],
                  "d": [
                    [1],
                    [2]
                  ],
                  "e": {}
                }

                """)
    }

    @Test func escapesStrings() throws {
        let strange = "\"\\/\n\r\t\0\u{1F}\u{7F} ü 猫 🐈 </script> \u{2028}"
        let text = (["a": .string(strange)] as JSON).compactText
        let object = try JSONSerialization.jsonObject(with: Data(text.utf8)) as? [String: String]
        #expect(object?["a"] == strange)
        #expect(!text.utf8.contains { $0 < 0x20 })
    }

    @Test func numbersReadBackTheSame() throws {
        let numbers: [Double] = [0.1, 1 / 3, 1e-300, 1.7976931348623157e308, .leastNonzeroMagnitude, -0.0, 123_456_789]
        let text = JSON.array(numbers.map(JSON.number)).text
        #expect(try JSONDecoder().decode([Double].self, from: Data(text.utf8)) == numbers)
        #expect(JSON.array([.number(.nan), .number(.infinity)]).compactText == "[null, null]")
    }

    @Test func readsWhatItWrites() throws {
        let value: JSON = ["b": 1, "a": [1, 2.5, nil, true, false], "c": [], "ü \"\\\n": ["d": "猫 🐈"], "e": [:]]
        #expect(try JSON(parsing: value.compactText) == value)
        #expect(try JSON(parsing: value.text) == value)
    }

    @Test func readsWhatPythonWrites() throws {
        let value = try JSON(
            parsing: #" {"a": NaN, "b": [-Infinity, 1e-7, -0.5E+3], "c": "\u00e4\ud83d\ude00\ud83d"} "#)
        #expect(value["a"]?.doubleValue?.isNaN == true)
        #expect(value["b"] == [.number(-.infinity), .number(1e-7), .number(-500)])
        #expect(value["c"]?.stringValue == "ä😀\u{FFFD}")
        #expect(value["d"] == nil && value["a"]?["b"] == nil)
        #expect(try JSON(parsing: #"{"k": 1, "k": 2.0}"#)["k"]?.integerValue == 2)
        #expect(try JSON(parsing: "12345678901234567890") == .number(12_345_678_901_234_567_168))
    }

    @Test(arguments: [
        "", " ", "{", "[1,", "[1 2]", #"{"a" 1}"#, #"{"a": }"#, #"{1: 2}"#, #""abc"#, #""\x""#, #""\u12""#, "tru",
        "nul",
        "1.2.3", "+1", "01a", "[1]]", "{} {}", "'a'", "\u{FEFF}{}", String(repeating: "9", count: 500), "-", "--1",
        "[,]", "0x10", "-inf", "-nan",
    ])
    func nonsenseIsRefused(_ text: String) {
        #expect(throws: JSONError.self) { try JSON(parsing: text) }
    }

    @Test func absurditiesAreRefused() throws {
        let deep = String(repeating: "[", count: 100_000)
        #expect(throws: JSONError.self) { try JSON(parsing: deep) }
        #expect(throws: JSONError.self) { try JSON(parsing: deep.replacing("[", with: #"{"a":"#)) }
        var limits = JSON.Limits()
        limits.values = 10
        #expect(throws: JSONError.self) {
            try JSON(parsing: "[" + String(repeating: "1,", count: 20) + "1]", limits: limits)
        }
        limits.bytes = 5
        #expect(throws: JSONError.self) { try JSON(parsing: "123456", limits: limits) }
        #expect(try JSON(parsing: "12345", limits: limits) == 12345)
    }
}

import Foundation
import Tensors
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
}

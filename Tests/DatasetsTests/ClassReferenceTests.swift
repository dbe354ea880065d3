import Datasets
import Files
import Testing

/// How folders are joined to classes: never by the accident of their order.
@Suite struct ClassReferenceTests {
    private func byteOrder(_ names: [String]) -> [String] {
        names.sorted { $0.utf8.lexicographicallyPrecedes($1.utf8) }
    }

    @Test(arguments: [2, 10, 11, 12, 101, 1000])
    func numbersAreJoinedByValue(_ count: Int) throws {
        let nameless = ClassReference(nameless: count, of: "the model")
        let width = String(count - 1).count
        for pad in [0, width, width + 2] {
            let folders = byteOrder(
                (0..<count).map { number in
                    let digits = String(number)
                    return String(repeating: "0", count: max(pad - digits.count, 0)) + digits
                })
            let join = try nameless.join(folders, in: "data")
            #expect(join.labels == folders.map { Int($0) })
            #expect(join.classNames == (0..<count).map(String.init))
            #expect(join.absent.isEmpty && join.assumption == nil)
        }
    }

    @Test func someNumbersAreSomeClasses() throws {
        let join = try ClassReference(nameless: 10, of: "the model").join(["3", "7"], in: "data")
        #expect(join.labels == [3, 7])
        #expect(join.absent == [0, 1, 2, 4, 5, 6, 8, 9])
        #expect(
            absenceWarning(join.absent, of: join.classNames)
                == "no images of 8 of 10 classes: “0”, “1”, “2”, “4”, “5”, “6”, “8”, “9”")
        #expect(try ClassReference(nameless: 10, of: "the model").join(["9"], in: "data").labels == [9])
    }

    @Test func someNamesAreSomeClasses() throws {
        let named = ClassReference(names: ["cat", "10", "2", "dog", "caf\u{E9}"], of: "the model")
        let join = try named.join(["10", "2", "cafe\u{301}"], in: "data")
        #expect(join.labels == [1, 2, 4])
        #expect(join.absent == [0, 3])
        #expect(throws: DatasetError.self, "a number is no index where classes have names") {
            try named.join(["0", "cat"], in: "data")
        }
    }

    @Test func synonymsAreJoinedWhereAllAre() throws {
        let named = ClassReference(
            names: ["tench", "goldfish"], of: "the model", synonyms: [["n01440764", "n01443537"], ["crane", "crane"]])
        #expect(try named.join(["n01443537"], in: "data").labels == [1])
        #expect(try named.join(["goldfish", "tench"], in: "data").labels == [1, 0])
        #expect(throws: DatasetError.self) { try named.join(["n01443537", "tench"], in: "data") }
    }

    @Test func anAssumedOrderIsSaid() throws {
        let join = try ClassReference(nameless: 3, of: "the model").join(["cat", "dog", "eel"], in: "data")
        #expect(join.labels == [0, 1, 2])
        #expect(join.classNames == ["cat", "dog", "eel"])
        #expect(join.assumption?.contains("0 for “cat” and 2 for “eel”") == true)
        // One to nine are in one order, whatever is meant.
        let numbers = try ClassReference(nameless: 3, of: "the model").join(["1", "2", "3"], in: "data")
        #expect(numbers.labels == [0, 1, 2] && numbers.assumption != nil)
    }

    @Test func whatMayMeanTwoThingsIsRefused() {
        let twelve = ClassReference(nameless: 12, of: "the model")
        let fromOne = byteOrder((1...12).map(String.init))
        #expect(
            throws: DatasetError.orderUnknown(path: "data", source: "the model", classCount: 12, folders: fromOne)
        ) { try twelve.join(fromOne, in: "data") }
        #expect(throws: DatasetError.doubledClass(path: "data", folders: ["01", "1"], name: "1")) {
            try twelve.join(["0", "01", "1"], in: "data")
        }
        for folders in [["3", "cat"], ["12"], ["cat"], ["-1"], ["1.0"], ["٣"], [String(repeating: "9", count: 30)]] {
            let error = #expect(throws: DatasetError.self, "\(folders)") { try twelve.join(folders, in: "data") }
            #expect(error?.kind == .data)
        }
    }

    @Test func unknownFoldersAreNamed() throws {
        let named = ClassReference(names: ["forest", "glacier", "sea"], of: "data/train")
        let error = #expect(throws: DatasetError.self) { try named.join(["forst", "sea", "zebra"], in: "data/test") }
        #expect(
            error?.description == """
                data/test: its classes are not those of data/train.
                  missing here: “forest”, “glacier”
                  unknown here: “forst” (meant “forest”?), “zebra”
                Rename or remove folders until every one is called like a class
                """)
    }
}

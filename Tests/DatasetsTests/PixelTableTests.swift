import Datasets
import Files
import Foundation
import Images
import TestSupport
import Testing

/// Tables with a row of pixels for each image.
@Suite struct PixelTableTests {
    let tree: DataTree

    init() throws { tree = try DataTree() }

    private func header(_ count: Int, label: String? = "label") -> String {
        ([label].compactMap(\.self) + (0..<count).map { "pixel\($0)" }).joined(separator: ",")
    }

    private func pixels(_ row: Int, _ count: Int) -> [Int] { (0..<count).map { ($0 * 7 + row * 31) % 256 } }

    private func text(rows: Int, count: Int = 64, label: Bool = true) -> String {
        let lines = (0..<rows).map { row in
            ((label ? ["\(row % 3)"] : []) + pixels(row, count).map(String.init)).joined(separator: ",")
        }
        return ([header(count, label: label ? "label" : nil)] + lines).joined(separator: "\n") + "\n"
    }

    private func read(_ text: String, _ change: (inout TableOptions) -> Void = { _ in }) throws -> ImageSet {
        try tree.write("t.csv", Array(text.utf8))
        var options = TableOptions()
        change(&options)
        return try ImageSet(detecting: tree.path("t.csv"), options)
    }

    @Test func rowsAreImages() throws {
        let table = try read(text(rows: 7))
        #expect(table.classNames == ["0", "1", "2"])
        #expect(table.samples.map(\.name) == (1...7).map { "row \($0)" })
        #expect(table.samples.map(\.label) == [0, 1, 2, 0, 1, 2, 0])
        #expect(table.samples[4].path == tree.path("t.csv:6"))
        let image = try table.samples[4].content.image()
        #expect(
            image
                == Image(width: 8, height: 8, pixels: pixels(4, 64).flatMap { [UInt8](repeating: UInt8($0), count: 3) })
        )
    }

    @Test func rowsWithoutLabelsAreImagesToo() throws {
        let table = try read(text(rows: 3, label: false))
        #expect(table.classNames.isEmpty && table.samples.count == 3 && table.samples[0].label == nil)
    }

    /// The forms in which such tables come.
    @Test func oneMeaningInManyForms() throws {
        let expected = try read(text(rows: 4)).samples.map { try $0.content.image() }
        let rows = (0..<4).map { pixels($0, 64) }
        let plain = rows.enumerated().map { "\($0 % 3)," + $1.map(String.init).joined(separator: ",") }
        let forms = [
            plain.joined(separator: "\n"),
            "label," + (0..<64).map { "\($0 / 8 + 1)x\($0 % 8 + 1)" }.joined(separator: ",") + "\n"
                + plain.joined(separator: "\r\n"),
            "\u{FEFF}emotion,pixels,Usage\n"
                + rows.enumerated().map { "\($0 % 3),\($1.map(String.init).joined(separator: " ")),Training" }.joined(
                    separator: "\n"),
            "label," + (1...64).map { "pixel\($0)" }.joined(separator: ",") + "\n"
                + rows.enumerated().map { "\"\($0 % 3)\"," + $1.map { "\($0).0" }.joined(separator: ",") }.joined(
                    separator: "\n"),
        ]
        for form in forms {
            let table = try read(form)
            #expect(try table.samples.map { try $0.content.image() } == expected)
            #expect(table.samples.map(\.label) == [0, 1, 2, 0])
        }
    }

    @Test(arguments: PixelTable.Layout.allCases) func coloursAreInTheLayoutThatIsTold(layout: PixelTable.Layout) throws
    {
        let table = try read(text(rows: 2, count: 72)) {
            $0.shape = .init(height: 4, width: 6, channels: 3, layout: layout)
        }
        let image = try table.samples[1].content.image()
        let values = pixels(1, 72).map { UInt8($0) }
        let expected =
            layout == .interleaved ? values : (0..<24).flatMap { pixel in (0..<3).map { values[$0 * 24 + pixel] } }
        #expect(image == Image(width: 6, height: 4, pixels: expected))
    }

    /// The same numbers in another layout are another image.
    @Test func theLayoutBelongsToTheImage() throws {
        let shapes: [PixelTable.Shape] = [
            .init(height: 4, width: 6, channels: 3), .init(height: 4, width: 6, channels: 3, layout: .planar),
            .init(height: 6, width: 4, channels: 3), .init(height: 8, width: 9),
        ]
        let contents = try shapes.map { shape in
            try read(text(rows: 1, count: 72)) { $0.shape = shape }.samples[0].content
        }
        #expect(Set(contents.compactMap(\.bytes)).count == 4)
        let inventories = try contents.map { content in
            try ImageInventory([(nil, [Sample(content, name: "row 1")])], isInterrupted: { false })
        }
        for other in inventories.dropFirst() { #expect(inventories[0].differences(in: other).count == 1) }
    }

    @Test func faultsAreNamedWithLineAndColumn() throws {
        func complaint(_ text: String) -> String {
            do {
                _ = try read(text)
                return "none"
            } catch { return "\(error)".replacingOccurrences(of: tree.path + "/", with: "") }
        }
        let good = text(rows: 3)
        let lines = good.split(separator: "\n").map(String.init)
        func changed(_ line: Int, _ change: (inout [String]) -> Void) -> String {
            var (lines, fields) = (lines, lines[line].split(separator: ",").map(String.init))
            change(&fields)
            lines[line] = fields.joined(separator: ",")
            return lines.joined(separator: "\n")
        }
        #expect(
            complaint(changed(2) { $0[35] = "256" })
                == "t.csv:3: pixel34 is “256”; expected a whole number from 0 to 255")
        #expect(
            complaint(changed(2) { $0[1] = "-1" }) == "t.csv:3: pixel0 is “-1”; expected a whole number from 0 to 255")
        #expect(
            complaint(changed(1) { $0[1] = "0.5" }) == "t.csv:2: pixel0 is “0.5”; expected a whole number from 0 to 255"
        )
        #expect(
            complaint(changed(1) { $0[64] = "x" }) == "t.csv:2: pixel63 is “x”; expected a whole number from 0 to 255")
        #expect(complaint(changed(3) { $0.removeLast() }) == "t.csv:4: 64 fields instead of 65")
        #expect(
            complaint(text(rows: 2, count: 81).replacingOccurrences(of: "pixel9,", with: ""))
                == "t.csv:1: behind the column “pixel8” comes “pixel10”, not that of the next pixel")
        #expect(complaint(lines[0] + "\n") == "t.csv:2: there is no row of pixels")
        #expect(
            complaint(text(rows: 1, count: 72))
                == "t.csv:1: 72 pixels are no square of grey; `pixels: {height: …, width: …}` says what they are")
    }

    @Test func splitsAuditAndInventoryTakeRows() throws {
        var text = text(rows: 60)
        // Row 7 once more, under another label.
        text += "0," + pixels(6 + 1, 64).map(String.init).joined(separator: ",") + "\n"
        try tree.write("t.csv", Array(text.utf8))
        let dataset = try Dataset(train: tree.path("t.csv"), validation: .fraction(0.2), seed: 3)
        #expect(dataset[.training].count + dataset[.validation].count == 61)
        #expect(
            dataset.audit.warnings == ["1 image has more than one label, such as train/row 8, train/row 61"]
                || dataset.audit.warnings == [
                    "1 image has more than one label, such as validation/row 8, validation/row 61"
                ])
        let inventory = try ImageInventory([(.training, dataset[.training])], isInterrupted: { false })
        #expect(ImageInventory(bytes: inventory.bytes) == inventory)
        try tree.write("t.csv", Array(text.replacingOccurrences(of: "\n1,31,", with: "\n1,32,").utf8))
        let changed = try Dataset(train: tree.path("t.csv"), validation: .fraction(0.2), seed: 3)
        let now = try ImageInventory([(.training, changed[.training])], isInterrupted: { false })
        #expect(inventory.differences(in: now).count <= 1)
    }

    /// Labels that were changed in a table are seen by a run that goes on.
    @Test func inventoryKnowsLabels() throws {
        let samples = try read(text(rows: 9)).samples
        let before = try ImageInventory([(.training, samples)], isInterrupted: { false })
        let changed = samples.enumerated().map { index, sample in
            Sample(sample.content, name: sample.name, target: index == 4 ? .category(0) : sample.target)
        }
        let now = try ImageInventory([(.training, changed)], isInterrupted: { false })
        #expect(before.differences(in: now) == ["training images: 1 with other labels (row 5)"])
        let read = try #require(ImageInventory(bytes: before.bytes))
        #expect(read == before && read.differences(in: now).count == 1)
    }
}

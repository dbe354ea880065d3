import Datasets
import Files
import Foundation

/// The images of a pass in order, and what their labels are called.
package struct NamedImages {
    let samples: [Sample]
    let classNames: [String]

    package init(samples: [Sample], classNames: [String]) {
        self.samples = samples
        self.classNames = classNames
    }

    /// Of several classes their names with `;` between.
    func label(_ sample: Sample) -> String? { sample.labelText(classNames) }

    /// Whether images are of any number of classes.
    var haveSeveralLabels: Bool { samples.contains { $0.target?.kind == .categories } }

    /// Whether labels are numbers.
    var haveNumbers: Bool { samples.contains { $0.target?.kind == .number } }

    /// For each of some of the images, in their order, 1 for its classes and 0 for others: images × classes.
    func flags(of names: [String]) -> [Float] {
        var flags = [Float](repeating: 0, count: names.count * classNames.count)
        var rest = samples[...]
        for (row, name) in names.enumerated() {
            rest = rest.drop { FileName($0.name) != FileName(name) }
            for label in rest.first?.classes ?? [] { flags[row * classNames.count + label] = 1 }
        }
        return flags
    }
}

/// The whole rows of a table that an interrupted run has left, matched with the images that they are of.
///
/// The file is mapped, not read into memory, and may be damaged from anywhere on: rows count up to the first that is not
/// as it should be.
struct TableRows {
    /// Where the header and each row end, in bytes; empty where there is no header.
    private var ends: [Int] = []
    private var samples: [Int] = []
    private var lastFeatures: [Float] = []

    init() {}

    /// - Parameters:
    ///   - header: the first line, with its line end.
    ///   - columnCount: how many numbers follow name and label.
    /// - Throws: `FeatureFileError` where the header is another one, or the rows are not those of the images in order;
    ///   `OutputError` where the file cannot be read.
    init(of path: String, header: String, columnCount: Int, _ images: NamedImages) throws {
        try FileSystem.withMappedBytes(of: path) { bytes in
            guard let bytes else { throw OutputError(path: path, code: errno) }
            let header = header.fileNameBytes
            guard bytes.starts(with: header) else {
                // A file that was cut within its first line holds nothing.
                guard header.starts(with: bytes) else { throw FeatureFileError.otherColumns(path) }
                return
            }
            ends = [header.count]
            try matchRows(bytes, columnCount: columnCount, images, path)
        }
    }

    var count: Int { samples.count }

    /// How many bytes the header and the first `count` rows take.
    func end(_ count: Int) -> Int { ends.isEmpty ? 0 : ends[count] }

    /// The first `count` rows.
    func kept(_ count: Int) -> KeptRows { KeptRows(samples: Array(samples[..<count]), lastFeatures: lastFeatures) }

    private mutating func matchRows(
        _ bytes: UnsafeRawBufferPointer, columnCount: Int, _ images: NamedImages, _ path: String
    ) throws {
        var reader = RowReader(bytes: bytes, position: ends[0])
        var next = 0
        var last: Range<Int>?
        while let row = reader.next(columnCount: columnCount) {
            let name = row.name
            while next < images.samples.count, images.samples[next].name.fileNameBytes != name { next += 1 }
            guard next < images.samples.count,
                row.label == (images.label(images.samples[next]) ?? "").fileNameBytes
            else {
                let name = String(fileName: name)
                throw FeatureFileError.otherImages(file: path, row: samples.count + 1, name: name)
            }
            samples.append(next)
            ends.append(reader.position)
            last = row.numbers
            next += 1
        }
        if let last, !last.isEmpty {
            lastFeatures = bytes[last].split(separator: UInt8(ascii: ",")).compactMap {
                Float(String(decoding: $0, as: UTF8.self))
            }
        }
    }
}

/// Reads rows of a feature table, as long as they are whole.
private struct RowReader {
    let bytes: UnsafeRawBufferPointer
    var position: Int

    /// Name, label and where the numbers stand, the commas between them included.
    typealias Row = (name: [UInt8], label: [UInt8], numbers: Range<Int>)

    /// The next row; nil where there is no other whole one.
    mutating func next(columnCount: Int) -> Row? {
        var here = position
        guard let name = field(&here), here < bytes.count, bytes[here] == UInt8(ascii: ",") else { return nil }
        here += 1
        guard let label = field(&here) else { return nil }
        let start = here
        var commas = 0
        while here < bytes.count, bytes[here] != UInt8(ascii: "\n") {
            if bytes[here] == UInt8(ascii: ",") {
                commas += 1
            } else if !Self.isDigitOfNumber(bytes[here]) {
                return nil
            }
            here += 1
        }
        guard here < bytes.count, commas == columnCount else { return nil }
        position = here + 1
        return (name, label, start..<here)
    }

    /// `-1.5e+10`.
    private static func isDigitOfNumber(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "-"), UInt8(ascii: "+"), UInt8(ascii: "."),
            UInt8(ascii: "e"):
            true
        default: false
        }
    }

    /// A field, its quotes taken off; `here` comes to stand behind it.
    private func field(_ here: inout Int) -> [UInt8]? {
        guard here < bytes.count else { return nil }
        let quote = UInt8(ascii: "\"")
        guard bytes[here] == quote else {
            let start = here
            while here < bytes.count, bytes[here] != UInt8(ascii: ","), bytes[here] != UInt8(ascii: "\n") { here += 1 }
            return here < bytes.count ? Array(bytes[start..<here]) : nil
        }
        here += 1
        var content: [UInt8] = []
        while here < bytes.count {
            if bytes[here] == quote {
                here += 1
                guard here < bytes.count else { return nil }
                guard bytes[here] == quote else { return content }
            }
            content.append(bytes[here])
            here += 1
        }
        return nil
    }
}

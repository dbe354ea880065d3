import Files

/// What the images in an array are labelled with: N or N×1 numbers or texts, or N×C of 0 and 1 with a column a class.
struct ArrayLabels {
    private let array: NPYArray
    private let path: String
    private let name: String
    private let kind: TargetKind
    private var sets = LabelNumbers()
    /// The index into `labels` for each image.
    private(set) var numbers: [Int] = []
    /// `0`, `1` and so on, where each has a column; nil where labels alone tell.
    private(set) var classes: [String]?

    private static let byteLimit = 1 << 32
    private static let columnLimit = 100_000

    var labels: [SampleListing.Labels] { sets.labels }

    /// - Parameters:
    ///   - images: the name of the array of images.
    ///   - count: how many these are.
    /// - Throws: `NumPyError` for labels of another number or that are none; `ZipError`.
    init(_ name: String, of archive: NPZArchive, _ images: String, _ count: Int, _ kind: TargetKind) throws {
        (path, self.name, self.kind) = (archive.path, name, kind)
        let shape = try archive.header(of: name).shape
        func error(_ reason: String) -> NumPyError { NumPyError(path: archive.path, array: name, reason: reason) }
        guard 1...2 ~= shape.count, shape[1...] != [0] else {
            throw error("has the shape \(shape); labels are N, N×1 or N×classes")
        }
        guard shape[0] == count else {
            throw error("has \(Words.counted(shape[0], "label")), and `\(images)` \(Words.counted(count, "image"))")
        }
        array = try archive.array(name, limit: Self.byteLimit)
        let columns = shape.count == 2 ? shape[1] : 1
        if columns == 1 { try readNames() } else { try readFlags(columns) }
    }

    private func error(_ reason: String) -> NumPyError { NumPyError(path: path, array: name, reason: reason) }

    private func place(_ index: Int) -> String { array.header.place(of: index) }

    // MARK: - One label

    private mutating func readNames() throws {
        numbers.reserveCapacity(array.count)
        if array.elementType.isText {
            guard let texts = array.texts() else { throw error("holds numbers that are no characters") }
            try readTexts(texts)
        } else if array.elementType.isInteger {
            guard let integers = array.integers() else { throw error("holds numbers of more than 63 bits") }
            for number in integers { add([String(number)]) }
        } else {
            for (index, number) in (array.doubles() ?? []).enumerated() { add([try name(of: number, at: index)]) }
        }
    }

    private func name(of number: Double, at index: Int) throws -> String {
        guard kind == .number ? number.isFinite : Int(exactly: number) != nil else {
            let expected = kind == .number ? "a number" : "whole numbers, or texts"
            throw error("has \(number) at \(place(index)); expected \(expected)")
        }
        return kind == .number ? number.description : number.shortest
    }

    private mutating func readTexts(_ texts: [String]) throws {
        let separators = kind == .categories ? TableRow.separators(among: texts) : []
        for (index, text) in texts.enumerated() {
            let text = String(text.trimmed)
            switch kind {
            case .categories: add(TableRow.names(in: text, separators))
            case .category where text.isEmpty: throw error("is empty at \(place(index)); write a label there")
            case .number where Double(text)?.isFinite != true:
                throw error("has \(quoted(text)) at \(place(index)); expected a number")
            case .category, .number: add([text])
            }
        }
    }

    private mutating func add(_ names: [String]) { numbers.append(sets.number(names, line: nil)) }

    // MARK: - A column a class

    private mutating func readFlags(_ count: Int) throws {
        guard count <= Self.columnLimit else {
            throw error("has \(Words.grouped(count)) columns; \(Words.grouped(Self.columnLimit)) classes are read")
        }
        if kind == .number { throw error("has \(count) columns; expected one number a row") }
        let expected = "expected 0 or 1 in a column a class"
        let levels = try array.levels { error("has \($1.shortest) at \(place($0)); \(expected)") }
        guard let levels else { throw error("has \(count) columns; expected numbers 0 and 1, or one text a row") }
        let classes = (0..<count).map(String.init)
        self.classes = classes
        numbers.reserveCapacity(array.count / count)
        for start in stride(from: 0, to: levels.count, by: count) {
            let row = levels[start..<start + count]
            if let other = row.firstIndex(where: { $0 > 1 }) {
                throw error("has \(levels[other]) at \(place(other)); \(expected)")
            }
            let names = row.indices.filter { levels[$0] == 1 }.map { classes[$0 - start] }
            guard kind == .categories || names.count == 1 else {
                throw error(
                    "has \(names.count) times 1 in row \(start / count), counted from 0; once, where each image "
                        + TargetKind.oneClassWords)
            }
            add(names)
        }
    }
}

/// What the elements of a NumPy array are.
package enum NPYElementType: Equatable, Sendable {
    case boolean
    /// Whole numbers of 1, 2, 4 or 8 bytes.
    case signed(byteCount: Int)
    /// Whole numbers of 1, 2, 4 or 8 bytes that are not negative.
    case unsigned(byteCount: Int)
    /// IEEE 754's numbers of 2, 4 or 8 bytes.
    case float(byteCount: Int)
    /// So many bytes, filled up with zeros.
    case bytes(Int)
    /// So many characters in UTF-32, filled up with zeros.
    case text(Int)

    /// How many bytes an element takes.
    package var byteCount: Int {
        switch self {
        case .boolean: 1
        case .signed(let count), .unsigned(let count), .float(let count), .bytes(let count): count
        case .text(let count): 4 * count
        }
    }

    /// Whether the elements are whole numbers, or yes and no.
    package var isInteger: Bool {
        switch self {
        case .boolean, .signed, .unsigned: true
        case .float, .bytes, .text: false
        }
    }

    /// Whether the elements are texts.
    package var isText: Bool {
        switch self {
        case .bytes, .text: true
        case .boolean, .signed, .unsigned, .float: false
        }
    }

    /// Reads NumPy's word for a type, such as `<f4`: the order of bytes, a letter and a size.
    /// - Returns: nil where no such elements are read; `refusal(of:)` says why.
    static func parsed(_ word: String) -> (type: NPYElementType, isBigEndian: Bool)? {
        let bytes = Array(word.utf8)
        // No size has more than nine digits.
        guard 3...11 ~= bytes.count, bytes[2...].allSatisfy({ (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0) }),
            let size = Int(String(decoding: bytes[2...], as: UTF8.self)), let type = NPYElementType(bytes[1], size)
        else { return nil }
        switch bytes[0] {
        case UInt8(ascii: "<"): return (type, false)
        case UInt8(ascii: ">"): return (type, true)
        case UInt8(ascii: "|") where type.hasNoByteOrder: return (type, false)
        default: return nil
        }
    }

    private init?(_ letter: UInt8, _ size: Int) {
        switch (Unicode.Scalar(letter), size) {
        case ("b", 1): self = .boolean
        case ("i", 1), ("i", 2), ("i", 4), ("i", 8): self = .signed(byteCount: size)
        case ("u", 1), ("u", 2), ("u", 4), ("u", 8): self = .unsigned(byteCount: size)
        case ("f", 2), ("f", 4), ("f", 8): self = .float(byteCount: size)
        case ("S", _): self = .bytes(size)
        case ("U", _): self = .text(size)
        default: return nil
        }
    }

    private var hasNoByteOrder: Bool {
        if case .bytes = self { return true }
        return byteCount == 1
    }

    /// Why elements of a type are not read.
    static func refusal(of word: String) -> String {
        let shown = word.prefix(20)
        let kinds = [
            "c": "complex numbers", "f": "floats of other sizes than 2, 4 and 8 bytes", "M": "dates", "m": "durations",
            "V": "bytes without a type",
        ]
        switch word.unicodeScalars.dropFirst().first.map(String.init) {
        case "O":
            return """
                holds Python's objects, a pickle, which could run any code when it is read; save numbers or texts, with a \
                `dtype`
                """
        case let letter?:
            if let kind = kinds[letter] { return "holds \(kind) (`\(shown)`), which are not read" }
        case nil: break
        }
        return "holds elements of the type `\(shown)`, which is not known"
    }
}

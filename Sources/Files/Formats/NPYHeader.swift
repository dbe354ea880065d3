/// Where the bytes of a NumPy file come from, front to back.
protocol NPYSource: AnyObject {
    /// How many there are in all.
    var byteCount: Int { get }
    /// Reads until the buffer is full, or as much as there is.
    /// - Returns: how many bytes.
    func read(into buffer: UnsafeMutableRawBufferPointer) throws -> Int
    /// The error that names where they come from.
    func error(_ reason: String) -> NumPyError
}

/// What a NumPy file says of its array: versions 1.0, 2.0 and 3.0 of the format.
///
/// https://numpy.org/doc/stable/reference/generated/numpy.lib.format.html
package struct NPYHeader: Equatable, Sendable {
    /// Empty for a single number.
    package let shape: [Int]
    package let elementType: NPYElementType
    /// How many elements there are, the product of the shape.
    package let elementCount: Int
    let isBigEndian: Bool
    /// Whether the first axis is the fastest in the file.
    let isFortranOrder: Bool

    /// The size of all elements.
    package var byteCount: Int { elementCount * elementType.byteCount }

    /// As NumPy has it.
    private static let largestRank = 64
    /// What takes more is made up. Below it products of some axes cannot overflow either.
    private static let largestByteCount = 1 << 48
    /// Arrays whose elements have fields have longer ones, and are not read.
    private static let longest = 0xFFFF
    private static let mark: [UInt8] = [0x93, 0x4E, 0x55, 0x4D, 0x50, 0x59]

    /// Reads the header and leaves the source at the first element, behind which it must have as many bytes as are told.
    /// - Throws: `NumPyError` where it is no such file, is damaged, or its elements are not read; what reading throws.
    init(_ source: some NPYSource) throws {
        let text = try Self.text(from: source)
        var parser = NPYHeaderParser(text.bytes)
        guard let fields = parser.fields() else {
            throw source.error("is damaged: its header is not NumPy's `descr`, `fortran_order` and `shape`")
        }
        guard case .text(let word) = fields.type else {
            throw source.error("holds elements of several fields, which are not read; save each as an array of its own")
        }
        guard let (type, isBigEndian) = NPYElementType.parsed(word) else {
            throw source.error(NPYElementType.refusal(of: word))
        }
        (shape, isFortranOrder) = (fields.shape, fields.isFortranOrder)
        (elementType, self.isBigEndian) = (type, isBigEndian)
        guard let count = Self.elementCount(shape, type) else {
            throw source.error("declares an absurd size: \(shape.prefix(8)) elements of \(type.byteCount) bytes")
        }
        elementCount = count
        let left = source.byteCount - text.end
        guard left == byteCount else {
            throw source.error(
                "is damaged: \(Words.grouped(left)) bytes follow its header, and its elements take \(Words.grouped(byteCount))"
            )
        }
    }

    /// The product of the shape; nil where the array would be absurdly large. An axis of no length does not hide that.
    private static func elementCount(_ shape: [Int], _ type: NPYElementType) -> Int? {
        guard shape.count <= largestRank else { return nil }
        // Elements without bytes would make anything fit.
        var total = max(type.byteCount, 1)
        for extent in shape where extent > 0 {
            let (product, overflows) = total.multipliedReportingOverflow(by: extent)
            guard !overflows, product <= largestByteCount else { return nil }
            total = product
        }
        if shape.contains(0) { return 0 }
        return type.byteCount == 0 ? nil : total / type.byteCount
    }

    /// - Returns: the text, and where it ends in the file.
    private static func text(from source: some NPYSource) throws -> (bytes: [UInt8], end: Int) {
        var start = LittleEndianFields(try source.bytes(8))
        guard start.skip(mark), let major = start.next(UInt8.self), let minor = start.next(UInt8.self) else {
            throw source.error("is no NumPy array")
        }
        guard 1...3 ~= major, minor == 0 else {
            throw source.error("has version \(major).\(minor) of NumPy's format, which is not known")
        }
        let width = major == 1 ? 2 : 4
        var size = LittleEndianFields(try source.bytes(width))
        let length = (major == 1 ? size.next(UInt16.self) : size.next(UInt32.self)) ?? 0
        guard length <= longest else { throw source.error("has a header of \(length) bytes, which is absurd") }
        return (try source.bytes(length), 8 + width + length)
    }
}

extension NPYSource {
    /// So many bytes of the header.
    /// - Throws: `NumPyError` where there are fewer.
    fileprivate func bytes(_ count: Int) throws -> [UInt8] {
        var bytes = [UInt8](repeating: 0, count: count)
        guard try bytes.withUnsafeMutableBytes(read) == count else {
            throw error(byteCount < 8 ? "is no NumPy array" : "is damaged: it ends within its header")
        }
        return bytes
    }
}

/// Reads the dictionary of a header, which Python wrote as it writes values in programs.
private struct NPYHeaderParser {
    struct Fields {
        let type: Value
        let isFortranOrder: Bool
        let shape: [Int]
    }

    enum Value: Equatable {
        case text(String)
        case truth(Bool)
        case extents([Int])
        /// Something in brackets.
        case list
    }

    private let bytes: [UInt8]
    private var position = 0

    init(_ bytes: [UInt8]) { self.bytes = bytes }

    /// The dictionary; nil where it is damaged, or has other keys.
    mutating func fields() -> Fields? {
        guard let values = dictionary(), values.count == 3, let type = values["descr"],
            case .truth(let isFortranOrder) = values["fortran_order"], case .extents(let shape) = values["shape"]
        else { return nil }
        switch type {
        case .text, .list: return Fields(type: type, isFortranOrder: isFortranOrder, shape: shape)
        case .truth, .extents: return nil
        }
    }

    private mutating func dictionary() -> [String: Value]? {
        guard consume("{") else { return nil }
        var values: [String: Value] = [:]
        while !consume("}") {
            guard let key = text(), consume(":"), let value = value(), values.updateValue(value, forKey: key) == nil,
                consume(",") || next == UInt8(ascii: "}")
            else { return nil }
        }
        return next == nil ? values : nil
    }

    private mutating func value() -> Value? {
        switch next {
        case UInt8(ascii: "'"), UInt8(ascii: "\""): text().map(Value.text)
        case UInt8(ascii: "("): extents().map(Value.extents)
        case UInt8(ascii: "["): passList() ? .list : nil
        default: consume("True") ? .truth(true) : consume("False") ? .truth(false) : nil
        }
    }

    private mutating func text() -> String? {
        guard let quote = next, quote == UInt8(ascii: "'") || quote == UInt8(ascii: "\"") else { return nil }
        let rest = bytes[(position + 1)...]
        guard let end = rest.firstIndex(of: quote), !rest[..<end].contains(UInt8(ascii: "\\")) else { return nil }
        position = end + 1
        return String(validating: rest[..<end], as: UTF8.self)
    }

    private mutating func extents() -> [Int]? {
        guard consume("(") else { return nil }
        var extents: [Int] = []
        while !consume(")") {
            guard let extent = extent() else { return nil }
            extents.append(extent)
            guard consume(",") || next == UInt8(ascii: ")") else { return nil }
        }
        return extents
    }

    /// A number; the largest one for what is more.
    private mutating func extent() -> Int? {
        guard next != nil else { return nil }
        let digits = bytes[position...].prefix { (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0) }
        guard !digits.isEmpty else { return nil }
        position = digits.endIndex
        // Python 2 wrote its long numbers so.
        _ = consume("L")
        return Int(String(decoding: digits, as: UTF8.self)) ?? .max
    }

    /// Passes over something in brackets. What stands in quotes is passed over as such.
    private mutating func passList() -> Bool {
        var depth = 0
        while let byte = next {
            switch byte {
            case UInt8(ascii: "'"), UInt8(ascii: "\""):
                if text() == nil { return false }
                continue
            case UInt8(ascii: "["): depth += 1
            case UInt8(ascii: "]"): depth -= 1
            default: break
            }
            position += 1
            if depth == 0 { return true }
        }
        return false
    }

    /// The next byte that is no blank; nil at the end.
    private var next: UInt8? {
        mutating get {
            while position < bytes.count, bytes[position] == UInt8(ascii: " ") || bytes[position] == UInt8(ascii: "\n")
            {
                position += 1
            }
            return position < bytes.count ? bytes[position] : nil
        }
    }

    private mutating func consume(_ word: StaticString) -> Bool {
        guard next != nil else { return false }
        let isThere = word.withUTF8Buffer { bytes[position...].starts(with: $0) }
        if isThere { position += word.utf8CodeUnitCount }
        return isThere
    }
}

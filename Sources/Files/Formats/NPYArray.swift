/// An array as NumPy writes it, in memory: its elements in C order, the last axis the fastest.
package struct NPYArray: Sendable {
    package let header: NPYHeader
    /// The elements one behind the other, the bytes of each in the order of the file.
    private let contents: [UInt8]

    /// Empty for a single number.
    package var shape: [Int] { header.shape }
    package var elementType: NPYElementType { header.elementType }
    /// How many elements there are.
    package var count: Int { header.elementCount }

    /// Reads an `.npy` file.
    /// - Parameter limit: how many bytes its elements may take.
    /// - Throws: `NumPyError` where the file cannot be read, is damaged, larger, or holds elements that are not read.
    package init(contentsOf path: String, limit: Int) throws {
        try self.init(NPYFileSource(path), limit: limit)
    }

    /// - Throws: `NumPyError`; what reading throws.
    init(_ source: some NPYSource, limit: Int) throws {
        let header = try NPYHeader(source)
        self.header = header
        guard header.byteCount <= limit else {
            throw source.error(
                "takes \(Words.bytes(header.byteCount)), more than the \(Words.bytes(limit)) that are read")
        }
        let contents = try [UInt8](unsafeUninitializedCapacity: header.byteCount) { buffer, count in
            let room = UnsafeMutableRawBufferPointer(buffer)
            count = try source.read(into: UnsafeMutableRawBufferPointer(rebasing: room[..<header.byteCount]))
        }
        guard contents.count == header.byteCount else { throw source.error("is damaged: it ends within its elements") }
        self.contents = header.isFortranOrder ? Self.inCOrder(contents, header) : contents
    }

    /// The elements, where they are whole numbers of 0...255, as pixels are; nil for others.
    package var bytes: [UInt8]? { elementType == .unsigned(byteCount: 1) ? contents : nil }

    /// The elements, where they are whole numbers, or yes and no as 1 and 0; nil for others, and where one is more than an
    /// `Int` holds.
    package func integers() -> [Int]? {
        switch elementType {
        case .boolean: return elements(UInt8.self) { $0 == 0 ? 0 : 1 }
        case .signed(1): return elements(Int8.self) { Int($0) }
        case .signed(2): return elements(Int16.self) { Int($0) }
        case .signed(4): return elements(Int32.self) { Int($0) }
        case .signed: return elements(Int64.self) { Int($0) }
        case .unsigned(1): return contents.map { Int($0) }
        case .unsigned(2): return elements(UInt16.self) { Int($0) }
        case .unsigned(4): return elements(UInt32.self) { Int($0) }
        case .unsigned:
            let numbers = elements(UInt64.self) { Int(exactly: $0) ?? -1 }
            return numbers.contains(-1) ? nil : numbers
        case .float, .bytes, .text: return nil
        }
    }

    /// The elements, where they are numbers, or yes and no as 1 and 0; nil for texts. Whole numbers beyond 2⁵³ are rounded.
    package func doubles() -> [Double]? {
        switch elementType {
        case .float(2): elements(UInt16.self) { Double(Float16(bitPattern: $0)) }
        case .float(4): elements(UInt32.self) { Double(Float(bitPattern: $0)) }
        case .float: elements(UInt64.self) { Double(bitPattern: $0) }
        case .unsigned(8): elements(UInt64.self) { Double($0) }
        case .boolean, .signed, .unsigned: integers()?.map { Double($0) }
        case .bytes, .text: nil
        }
    }

    /// The elements as 32-bit floats, where they are numbers; nil for texts. What does not fit is rounded.
    package func floats() -> [Float]? {
        switch elementType {
        case .float(2): elements(UInt16.self) { Float(Float16(bitPattern: $0)) }
        case .float(4): elements(UInt32.self) { Float(bitPattern: $0) }
        default: doubles()?.map { Float($0) }
        }
    }

    /// The elements as whole numbers of 0...255, as pixels are, whatever type of number they have, yes and no as 1 and 0;
    /// nil for texts.
    /// - Parameter refuse: the error for the first that is no such number: its place among all elements, and its value.
    package func levels(refusing refuse: (_ index: Int, _ value: Double) -> any Error) throws -> [UInt8]? {
        switch elementType {
        case .boolean: contents.map { $0 == 0 ? 0 : 1 }
        case .signed(1): try levels(refuse) { (word: UInt8) in Double(Int8(bitPattern: word)) }
        case .signed(2): try levels(refuse) { (word: UInt16) in Double(Int16(bitPattern: word)) }
        case .signed(4): try levels(refuse) { (word: UInt32) in Double(Int32(bitPattern: word)) }
        case .signed: try levels(refuse) { (word: UInt64) in Double(Int64(bitPattern: word)) }
        case .unsigned(1): contents
        case .unsigned(2): try levels(refuse) { (word: UInt16) in Double(word) }
        case .unsigned(4): try levels(refuse) { (word: UInt32) in Double(word) }
        case .unsigned: try levels(refuse) { (word: UInt64) in Double(word) }
        case .float(2): try levels(refuse) { (word: UInt16) in Double(Float16(bitPattern: word)) }
        case .float(4): try levels(refuse) { (word: UInt32) in Double(Float(bitPattern: word)) }
        case .float: try levels(refuse) { (word: UInt64) in Double(bitPattern: word) }
        case .bytes, .text: nil
        }
    }

    private func levels<Word: FixedWidthInteger>(
        _ refuse: (Int, Double) -> any Error, _ number: (Word) -> Double
    ) throws -> [UInt8] {
        var index = 0
        return try elements(Word.self) { word in
            let number = number(word)
            guard let level = UInt8(exactly: number) else { throw refuse(index, number) }
            index += 1
            return level
        }
    }

    /// The elements, where they are texts, without the zeros at their ends; nil for others, and where one holds a number
    /// that is no character.
    ///
    /// Bytes that are not UTF-8 stand in them as in names of files, and so do U+DC80…U+DCFF, by which Python tells them.
    package func texts() -> [String]? {
        switch elementType {
        case .bytes(let width): return (0..<count).map { text(contents[$0 * width..<($0 + 1) * width]) }
        case .text(let length):
            let scalars = elements(UInt32.self, \.self, count: count * length)
            var texts: [String] = []
            texts.reserveCapacity(count)
            for index in 0..<count {
                guard let text = text(scalars[index * length..<(index + 1) * length]) else { return nil }
                texts.append(text)
            }
            return texts
        case .boolean, .signed, .unsigned, .float: return nil
        }
    }

    private func text(_ bytes: ArraySlice<UInt8>) -> String {
        String(fileName: withoutZeros(bytes))
    }

    private func text(_ scalars: ArraySlice<UInt32>) -> String? {
        var bytes: [UInt8] = []
        for value in withoutZeros(scalars) {
            if 0xDC80...0xDCFF ~= value {
                bytes.append(UInt8(value - 0xDC00))
            } else {
                guard let scalar = Unicode.Scalar(value) else { return nil }
                bytes.append(contentsOf: UTF8.encode(scalar) ?? UTF8.encodedReplacementCharacter)
            }
        }
        return String(fileName: bytes)
    }

    private func withoutZeros<Number: FixedWidthInteger>(_ numbers: ArraySlice<Number>) -> ArraySlice<Number> {
        numbers[..<(numbers.lastIndex { $0 != 0 }.map { $0 + 1 } ?? numbers.startIndex)]
    }

    /// What `convert` makes of each word of the contents.
    private func elements<Word: FixedWidthInteger, Result>(
        _ type: Word.Type, _ convert: (Word) throws -> Result, count: Int? = nil
    ) rethrows -> [Result] {
        let isBigEndian = header.isBigEndian
        return try contents.withUnsafeBytes { bytes in
            try (0..<(count ?? self.count)).map { index in
                let word = bytes.loadUnaligned(fromByteOffset: index * MemoryLayout<Word>.size, as: Word.self)
                return try convert(isBigEndian ? Word(bigEndian: word) : Word(littleEndian: word))
            }
        }
    }

    /// Brings elements whose first axis is the fastest into C order.
    private static func inCOrder(_ contents: [UInt8], _ header: NPYHeader) -> [UInt8] {
        let shape = header.shape.filter { $0 != 1 }
        guard shape.count > 1, header.elementCount > 0 else { return contents }
        let width = header.elementType.byteCount
        // How far apart neighbours along each axis lie in the file.
        var strides: [Int] = []
        var stride = width
        for extent in shape {
            strides.append(stride)
            stride *= extent
        }
        return [UInt8](unsafeUninitializedCapacity: contents.count) { buffer, count in
            contents.withUnsafeBytes { source in
                gather(from: source, into: UnsafeMutableRawBufferPointer(buffer), shape, strides, width)
            }
            count = contents.count
        }
    }

    private static func gather(
        from source: UnsafeRawBufferPointer, into target: UnsafeMutableRawBufferPointer, _ shape: [Int],
        _ strides: [Int], _ width: Int
    ) {
        guard let source = source.baseAddress, let target = target.baseAddress else { return }
        var index = [Int](repeating: 0, count: shape.count)
        var (from, to) = (0, 0)
        while true {
            (target + to).copyMemory(from: source + from, byteCount: width)
            to += width
            var axis = shape.count - 1
            while true {
                index[axis] += 1
                from += strides[axis]
                if index[axis] < shape[axis] { break }
                from -= strides[axis] * shape[axis]
                index[axis] = 0
                guard axis > 0 else { return }
                axis -= 1
            }
        }
    }
}

/// An `.npy` file, read from front to back.
private final class NPYFileSource: NPYSource {
    private let path: String
    private let file: RegularFile

    init(_ path: String) throws(NumPyError) {
        self.path = path
        do {
            file = try RegularFile(path)
        } catch {
            throw NumPyError(path: path, reason: "cannot be read: \(error)")
        }
    }

    var byteCount: Int { file.byteCount }

    func read(into buffer: UnsafeMutableRawBufferPointer) throws -> Int {
        do throws(SystemError) {
            return try file.read(into: buffer)
        } catch {
            throw self.error("cannot be read: \(error)")
        }
    }

    func error(_ reason: String) -> NumPyError { NumPyError(path: path, reason: reason) }
}

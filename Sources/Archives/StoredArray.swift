import Files
import Tensors

/// An array whose elements lie open in a mapped file: at one distance from each other along each axis, little-endian.
struct StoredArray {
    let entry: TensorEntry
    let file: MappedFile
    /// Where the first element lies, in bytes from the beginning of the file.
    let offset: Int
    /// How many elements lie from one to the next along each axis; nil where they lie row by row without gaps.
    let strides: [Int]?

    /// - Parameters:
    ///   - elementType: with a size: no strings.
    ///   - strides: none is negative; as many as axes.
    /// - Throws: `ArchiveError` where a part of the array would lie outside of the file, or it has more elements than the
    ///   file has bytes for.
    init(
        _ name: String, shape: [Int], _ elementType: TensorEntry.ElementType, in file: MappedFile, at offset: Int,
        strides: [Int]? = nil
    ) throws(ArchiveError) {
        entry = TensorEntry(name: name, shape: shape, elementType: elementType)
        (self.file, self.offset) = (file, offset)
        self.strides = strides == Self.rowMajorStrides(of: shape) ? nil : strides
        if let problem = problem { throw ArchiveError(path: file.path, reason: "the tensor `\(name)` \(problem)") }
    }

    private var problem: String? {
        guard let elementSize = entry.elementType.byteCount else { return "holds \(entry.elementType), not numbers" }
        let absurd = "declares an absurd size: \(entry.shape.timesList) elements"
        guard entry.shape.count <= 32, let count = entry.shape.boundedProduct,
            let bytes = [count, elementSize].boundedProduct
        else { return absurd }
        // What repeats its elements is larger than what lies in the file.
        guard bytes <= file.bytes.count else { return "\(absurd), in a file of \(file.bytes.count) bytes" }
        let beyondEnd = "reaches beyond the end of the file: it is cut short or damaged; copy or download it again"
        guard (0...file.bytes.count).contains(offset) else { return beyondEnd }
        guard count > 0 else { return nil }
        let strides = strides ?? Self.rowMajorStrides(of: entry.shape)
        guard let last = Self.lastElement(of: entry.shape, strides: strides),
            let reach = [last + 1, elementSize].boundedProduct, reach <= file.bytes.count - offset
        else { return beyondEnd }
        return nil
    }

    /// The place of the element farthest behind the first; nil where that is no number, or a stride is negative.
    static func lastElement(of shape: [Int], strides: [Int]) -> Int? {
        guard strides.count == shape.count else { return nil }
        var last = 0
        for (size, stride) in zip(shape, strides) {
            let (distance, isTooFar) = (size - 1).multipliedReportingOverflow(by: stride)
            let (sum, isTooLarge) = last.addingReportingOverflow(distance)
            guard stride >= 0, !isTooFar, !isTooLarge, sum < Int.max else { return nil }
            last = sum
        }
        return last
    }

    static func rowMajorStrides(of shape: [Int]) -> [Int] {
        var strides = [Int](repeating: 1, count: shape.count)
        for axis in shape.indices.dropLast().reversed() {
            strides[axis] = strides[axis + 1].multipliedReportingOverflow(by: shape[axis + 1]).partialValue
        }
        return strides
    }

    /// Hands out the elements as 32-bit floats, row by row: where they are that already, in the file's own memory, which is
    /// given back afterwards.
    /// - Throws: as `tensor()`; what `body` throws.
    func withValues<Result>(_ body: (UnsafeBufferPointer<Float>) throws -> Result) throws -> Result {
        guard entry.elementType == .float32, strides == nil, !extent.isEmpty,
            let start = file.bytes.baseAddress.map({ $0 + offset }),
            Int(bitPattern: start) % MemoryLayout<Float>.alignment == 0
        else { return try tensor().values.withUnsafeBufferPointer(body) }
        defer { file.release(extent) }
        let result = try body(
            UnsafeBufferPointer(start: start.assumingMemoryBound(to: Float.self), count: entry.shape.product))
        try checkWhole()
        return result
    }

    /// Where the elements lie, if they lie row by row.
    private var extent: Range<Int> { offset..<offset + entry.shape.product * (entry.elementType.byteCount ?? 0) }

    private func checkWhole() throws(ArchiveError) {
        guard !file.isCut else {
            throw ArchiveError(path: file.path, reason: "has become shorter while it was read")
        }
    }

    /// The elements as 32-bit floats, row by row.
    /// - Throws: `ArchiveError` where the file has become shorter meanwhile.
    func tensor() throws(ArchiveError) -> Tensor {
        let values =
            switch entry.elementType {
            case .float16: elements(Float16.self) { Float($0) }
            case .bfloat16: elements(UInt16.self) { Float(bitPattern: UInt32($0) << 16) }
            case .float32: elements(Float.self) { $0 }
            case .float64: elements(Double.self) { Float($0) }
            case .integer(8, true): elements(Int8.self) { Float($0) }
            case .integer(8, false): elements(UInt8.self) { Float($0) }
            case .integer(16, true): elements(Int16.self) { Float($0) }
            case .integer(16, false): elements(UInt16.self) { Float($0) }
            case .integer(32, true): elements(Int32.self) { Float($0) }
            case .integer(32, false): elements(UInt32.self) { Float($0) }
            case .integer(64, true): elements(Int64.self) { Float($0) }
            case .integer(64, false): elements(UInt64.self) { Float($0) }
            case .integer, .other: preconditionFailure("\(entry.elementType) has no size")
            }
        if strides == nil { file.release(extent) }
        try checkWhole()
        return Tensor(shape: entry.shape, values: values)
    }

    private func elements<Element: BitwiseCopyable>(
        _ type: Element.Type, _ number: (Element) -> Float
    ) -> [Float] {
        let count = entry.shape.product
        let base = UnsafeRawBufferPointer(rebasing: file.bytes[(count == 0 ? 0 : offset)...])
        return [Float](unsafeUninitializedCapacity: count) { buffer, initialized in
            initialized = count
            guard let strides else {
                if Element.self == Float.self {
                    UnsafeMutableRawBufferPointer(buffer).copyMemory(
                        from: UnsafeRawBufferPointer(rebasing: base[..<(count * MemoryLayout<Float>.size)]))
                    return
                }
                for index in 0..<count {
                    buffer[index] = number(
                        base.loadUnaligned(fromByteOffset: index * MemoryLayout<Element>.size, as: type))
                }
                return
            }
            var position = [Int](repeating: 0, count: strides.count)
            var place = 0
            for index in 0..<count {
                buffer[index] = number(
                    base.loadUnaligned(fromByteOffset: place * MemoryLayout<Element>.size, as: type))
                for axis in strides.indices.reversed() {
                    position[axis] += 1
                    place += strides[axis]
                    if position[axis] < entry.shape[axis] { break }
                    place -= position[axis] * strides[axis]
                    position[axis] = 0
                }
            }
        }
    }
}

extension TensorEntry.ElementType {
    /// The size of an element; nil for what is no number.
    var byteCount: Int? {
        switch self {
        case .float16, .bfloat16: 2
        case .float32: 4
        case .float64: 8
        case .integer(let bits, _): [8, 16, 32, 64].contains(bits) ? bits / 8 : nil
        case .other: nil
        }
    }
}

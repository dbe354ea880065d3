import Files

/// Hugging Face's safetensors: the length of a header in 8 bytes, the header in JSON, and behind it the numbers of all
/// tensors without gaps.
///
/// https://github.com/huggingface/safetensors#format
enum Safetensors {
    /// Ten thousand tensors take less than a tenth of it.
    private static let longestHeader = 16 << 20
    /// More of them are no network.
    private static let mostTensors = 20_000

    /// Whether a file begins as one.
    static func isBeginning(_ bytes: UnsafeRawBufferPointer) -> Bool {
        bytes.count > 8 && bytes[8] == UInt8(ascii: "{") && headerLength(bytes) > 1
            && headerLength(bytes) < 1 << 40
    }

    /// - Throws: `ArchiveError` where the file is cut short, damaged or hostile.
    static func archive(_ file: MappedFile) throws -> MappedArchive {
        let (header, start) = try header(of: file)
        guard header.count <= mostTensors else {
            throw error(file, "holds \(header.count) tensors: at most \(mostTensors) are read")
        }
        var arrays: [StoredArray] = []
        var attributes: [String: AttributeValue] = [:]
        var ranges: [Range<Int>] = []
        for member in header {
            if member.key == "__metadata__" {
                guard case .object(let texts) = member.value else { continue }
                for text in texts { attributes[text.key] = text.value.stringValue.map { .strings([$0]) } }
                continue
            }
            let (array, range) = try array(member, in: file, from: start)
            arrays.append(array)
            ranges.append(range)
        }
        try checkPlaces(ranges, in: file, from: start)
        arrays.sort { $0.offset < $1.offset }
        return try MappedArchive(path: file.path, .safetensors, arrays, attributes: attributes)
    }

    private static func headerLength(_ bytes: UnsafeRawBufferPointer) -> Int {
        Int(clamping: UInt64(littleEndian: bytes.loadUnaligned(as: UInt64.self)))
    }

    /// - Returns: the members of the header, and where the numbers begin.
    private static func header(of file: MappedFile) throws(ArchiveError) -> ([JSON.Member], start: Int) {
        let length = file.bytes.count < 8 ? 0 : headerLength(file.bytes)
        guard length <= file.bytes.count - 8 else {
            throw error(file, "is cut short: its header has \(length) bytes; copy or download it again")
        }
        guard length <= longestHeader else {
            throw error(file, "has a header of \(Words.bytes(length)), which is absurd")
        }
        let text = String(decoding: file.bytes[8..<8 + length], as: UTF8.self)
        do {
            guard case .object(let members) = try JSON(parsing: text) else {
                throw error(file, "has a header that is no JSON object: the file is damaged")
            }
            return (members, 8 + length)
        } catch let fault as ArchiveError {
            throw fault
        } catch {
            throw self.error(file, "has a damaged header: \(error)")
        }
    }

    private static func array(
        _ member: JSON.Member, in file: MappedFile, from start: Int
    ) throws(ArchiveError) -> (StoredArray, Range<Int>) {
        func damaged(_ what: String) -> ArchiveError {
            error(file, "the tensor `\(member.key)` \(what): the file is damaged")
        }
        guard let word = member.value["dtype"]?.stringValue, let shape = member.value["shape"]?.wholeNumbers,
            let places = member.value["data_offsets"]?.wholeNumbers, places.count == 2
        else { throw damaged("has no `dtype`, `shape` and `data_offsets` that make sense") }
        guard places[0] <= places[1], places[1] <= file.bytes.count - start else {
            throw error(
                file,
                """
                is cut short: the tensor `\(member.key)` ends at byte \(places[1]) of \(file.bytes.count - start); copy \
                or download it again
                """)
        }
        guard let type = elementType(word) else {
            throw error(file, "the tensor `\(member.key)` holds `\(word)`, which is not read; save it as F32")
        }
        guard let count = shape.boundedProduct, let size = type.byteCount,
            [count, size].boundedProduct == places[1] - places[0]
        else { throw damaged("has \(places[1] - places[0]) bytes for \(shape.timesList) elements of \(word)") }
        return (try StoredArray(member.key, shape: shape, type, in: file, at: start + places[0]), places[0]..<places[1])
    }

    /// The tensors lie one behind the other, and nothing else lies between or behind them.
    private static func checkPlaces(_ ranges: [Range<Int>], in file: MappedFile, from start: Int) throws(ArchiveError) {
        var end = 0
        for range in ranges.sorted(by: { ($0.lowerBound, $0.upperBound) < ($1.lowerBound, $1.upperBound) }) {
            guard range.lowerBound == end else {
                throw error(file, "is damaged: its tensors overlap, or leave gaps, at byte \(range.lowerBound)")
            }
            end = range.upperBound
        }
        guard end == file.bytes.count - start else {
            throw error(file, "is damaged: \(file.bytes.count - start - end) bytes follow its last tensor")
        }
    }

    private static func elementType(_ word: String) -> TensorEntry.ElementType? {
        switch word {
        case "F16": .float16
        case "BF16": .bfloat16
        case "F32": .float32
        case "F64": .float64
        case "BOOL": .integer(bits: 8, signed: false)
        case "I8", "I16", "I32", "I64": .integer(bits: Int(word.dropFirst()) ?? 0, signed: true)
        case "U8", "U16", "U32", "U64": .integer(bits: Int(word.dropFirst()) ?? 0, signed: false)
        default: nil
        }
    }

    private static func error(_ file: MappedFile, _ reason: String) -> ArchiveError {
        ArchiveError(path: file.path, reason: reason)
    }
}

extension JSON {
    /// An array of whole numbers of which none is negative; nil for anything else.
    fileprivate var wholeNumbers: [Int]? {
        guard let elements = arrayValue else { return nil }
        let numbers = elements.compactMap(\.integerValue).filter { $0 >= 0 }
        return numbers.count == elements.count ? numbers : nil
    }
}

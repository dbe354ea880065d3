import Files
import Tensors

/// The arrays of NumPy's `.npz`, by their names in the archive.
final class NPZTensors: TensorArchive {
    let entries: [TensorEntry]
    private let archive: NPZArchive
    private let entriesByName: [String: TensorEntry]

    /// What takes more is no array of weights.
    private static let largestArray = 16 << 30
    /// Each has a header that is read at once; more of them are no network.
    private static let mostArrays = 20_000

    /// - Throws: `ZipError` or `NumPyError` where the file or the header of an array is damaged.
    init(path: String) throws {
        archive = try NPZArchive(path)
        guard archive.names.count <= Self.mostArrays else {
            throw ArchiveError(
                path: path, reason: "holds \(archive.names.count) arrays: at most \(Self.mostArrays) are read")
        }
        entries = try Self.headers(of: archive).map { name, header in
            TensorEntry(name: name, shape: header.shape, elementType: .init(header.elementType))
        }
        entriesByName = Dictionary(entries.map { ($0.name, $0) }, uniquingKeysWith: { first, _ in first })
    }

    /// - Throws: `ArchiveError` where a small file unpacks to arrays that it is not trusted with, as HDF5's are.
    private static func headers(of archive: NPZArchive) throws -> [(String, NPYHeader)] {
        let trusted = HDF5Archive.Limits().memoryBytes(fileSize: archive.byteCount)
        var left = trusted
        return try archive.names.map { name in
            let header = try archive.header(of: name)
            // The elements as they are stored, and as floats.
            let sizes = [header.elementCount, header.elementType.byteCount + MemoryLayout<Float>.size]
            guard let needed = sizes.boundedProduct, needed <= left else {
                throw ArchiveError(
                    path: archive.path,
                    reason: """
                        unpacks to more than \(Words.bytes(trusted)), for which a file of \
                        \(Words.bytes(archive.byteCount)) is not trusted with the memory: save it again without \
                        compression, with numpy.savez
                        """)
            }
            left -= needed
            return (name, header)
        }
    }

    var path: String { archive.path }
    var container: TensorContainer { .npz }
    var groups: [String] { [] }
    func hasGroup(_ name: String) -> Bool { false }
    func entry(_ name: String) -> TensorEntry? { entriesByName[name] }

    func tensor(_ name: String) throws -> Tensor {
        guard let entry = entriesByName[name] else {
            throw ArchiveError(path: path, reason: "holds no tensor `\(name)`")
        }
        guard let values = try archive.array(name, limit: Self.largestArray).floats() else {
            throw ArchiveError(path: path, reason: "the tensor `\(name)` holds \(entry.elementType), not numbers")
        }
        return Tensor(shape: entry.shape, values: values)
    }

    func attribute(_ name: String, of object: String) -> AttributeValue? { nil }
    func attributeNames(of object: String) -> [String] { [] }
}

extension TensorEntry.ElementType {
    fileprivate init(_ type: NPYElementType) {
        switch type {
        case .boolean: self = .integer(bits: 8, signed: false)
        case .signed(let count): self = .integer(bits: 8 * count, signed: true)
        case .unsigned(let count): self = .integer(bits: 8 * count, signed: false)
        case .float(2): self = .float16
        case .float(4): self = .float32
        case .float: self = .float64
        case .bytes, .text: self = .other("texts")
        }
    }
}

import CHDF5
import Files
import Synchronization

/// The bytes of an HDF5 file, which HDF5 reads as memory: a file of its own, or a part of another, such as an archive.
struct HDF5Source: Sendable {
    let file: MappedFile
    /// Where it lies in the file.
    let range: Range<Int>
    /// Whether it is all of the file.
    let isWhole: Bool

    private static let opened = Atomic(0)

    var path: String { file.path }

    /// A part of a file.
    init(_ file: MappedFile, _ range: Range<Int>) {
        (self.file, self.range, isWhole) = (file, range, false)
    }

    /// A whole file.
    /// - Throws: `ArchiveError` where it is missing, unreadable, or something else.
    init(path: String) throws {
        let kind = try FileSignature.container(of: path).kind
        guard kind == .hdf5 else {
            throw ArchiveError(path: path, reason: "is not an HDF5 file but \(kind.rawValue)")
        }
        file = try MappedFile(tensors: path)
        (range, isWhole) = (0..<file.bytes.count, true)
    }

    /// - Throws: `ArchiveError` where it is damaged.
    func open() throws(ArchiveError) -> Handle {
        let bytes = UnsafeRawBufferPointer(rebasing: file.bytes[range])
        let access = Handle(chdf5_image_access(bytes.baseAddress, bytes.count), closedBy: H5Pclose)
        // HDF5 wants a name that no file has, and takes files of one name for the same: none lies in what is no folder.
        let name = "\(path)/\(Self.opened.wrappingAdd(1, ordering: .relaxed).newValue)"
        guard let access,
            let handle = Handle(name.withCPath { H5Fopen($0, chdf5_read_only(), access.id) }, closedBy: H5Fclose)
        else {
            let message = Handle.lastError()
            // Closing what gives access would have forgotten it.
            withExtendedLifetime(access) {}
            throw Self.openingError(path: path, message: message)
        }
        return handle
    }

    /// Says what HDF5 knows as `truncated file: eof = 1, sblock->base_addr = 0, stored_eof = 2`.
    private static func openingError(path: String, message: String) -> ArchiveError {
        let numbers = message.split { !$0.isNumber }.compactMap { Int($0) }
        guard message.hasPrefix("truncated file"), let actual = numbers.first, let expected = numbers.last else {
            return ArchiveError(path: path, reason: "is a damaged HDF5 file (\(message)); copy or download it again")
        }
        return ArchiveError(
            path: path,
            reason: "is cut short: \(actual) of \(expected) bytes are there; copy or download it again")
    }
}

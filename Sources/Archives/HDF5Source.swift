import CHDF5
import Files

/// Where the bytes of an HDF5 file are.
enum HDF5Source {
    /// A file of its own.
    case file(String)
    /// A part of another file, such as an archive, and what it is called there.
    case part(MappedFile, Range<Int>, name: String)

    /// The bytes as memory, and where they begin in it; nil where the system has none to give.
    var mapped: (file: MappedFile, start: Int)? {
        switch self {
        case .file(let path): (try? MappedFile(path)).map { ($0, 0) }
        case .part(let file, let range, _): (file, range.lowerBound)
        }
    }

    /// The file, for errors.
    var path: String {
        switch self {
        case .file(let path): path
        case .part(let file, _, _): file.path
        }
    }

    /// - Throws: `ArchiveError` where there is nothing to read.
    func byteCount() throws -> Int {
        switch self {
        case .file(let path):
            let (kind, size) = try FileSignature.container(of: path)
            guard kind == .hdf5 else {
                throw ArchiveError(path: path, reason: "is not an HDF5 file but \(kind.rawValue)")
            }
            return size
        case .part(_, let range, _): return range.count
        }
    }

    /// - Throws: `ArchiveError` where it is damaged.
    func open() throws -> Handle {
        switch self {
        case .file(let path):
            return try open(path, Handle(chdf5_unlocked_access(), closedBy: H5Pclose))
        case .part(let file, let range, let name):
            let bytes = UnsafeRawBufferPointer(rebasing: file.bytes[range])
            // HDF5 wants a name that no file has; none lies in what is no folder.
            return try open(
                "\(file.path)/\(name)", Handle(chdf5_image_access(bytes.baseAddress, bytes.count), closedBy: H5Pclose))
        }
    }

    private func open(_ path: String, _ access: Handle?) throws -> Handle {
        guard let access,
            let file = Handle(path.withCPath { H5Fopen($0, chdf5_read_only(), access.id) }, closedBy: H5Fclose)
        else {
            // Closing what gives access would forget the reason.
            return try withExtendedLifetime(access) {
                throw Self.openingError(path: self.path, message: Handle.lastError())
            }
        }
        return file
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

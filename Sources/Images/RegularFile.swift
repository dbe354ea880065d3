import Glibc
import Tensors

/// A regular file, open for reading. Anything else (a pipe, a device) could block or never end.
struct RegularFile: ~Copyable {
    private let path: String
    private let descriptor: Int32
    let byteCount: Int

    /// - Throws: `ImageError.unreadable`.
    init(_ path: String) throws {
        let descriptor = path.withCPath { open($0, O_RDONLY | O_CLOEXEC | O_NONBLOCK) }
        guard descriptor >= 0 else { throw Self.failure(path) }
        var status = stat()
        guard fstat(descriptor, &status) == 0 else {
            let failure = Self.failure(path)
            close(descriptor)
            throw failure
        }
        guard status.st_mode & S_IFMT == S_IFREG else {
            close(descriptor)
            throw ImageError.unreadable(file: path, reason: "not a regular file")
        }
        (self.path, self.descriptor, byteCount) = (path, descriptor, Int(status.st_size))
    }

    deinit { close(descriptor) }

    /// The next bytes, fewer where the file ends before.
    /// - Throws: `ImageError.unreadable`.
    func bytes(_ limit: Int) throws -> [UInt8] {
        let (path, descriptor) = (path, descriptor)
        return try [UInt8](unsafeUninitializedCapacity: min(limit, byteCount)) { buffer, count in
            while count < buffer.count {
                let got = read(descriptor, buffer.baseAddress.map { $0 + count }, buffer.count - count)
                if got < 0 && errno == EINTR { continue }
                guard got >= 0 else { throw Self.failure(path) }
                if got == 0 { break }
                count += got
            }
        }
    }

    private static func failure(_ path: String) -> ImageError {
        .unreadable(file: path, reason: String(cString: strerror(errno)))
    }
}

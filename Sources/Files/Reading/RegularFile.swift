import Glibc

extension FileSystem {
    /// What people are told of a file that cannot be read.
    /// - Parameter code: what `RegularFile`, or who reads by it, failed with.
    package static func wordsOfReading(_ code: Int32) -> String {
        code == EINVAL ? "not a regular file" : words(for: code)
    }
}

/// A regular file, open for reading. Anything else (a pipe, a device) could block or never end.
package struct RegularFile: ~Copyable {
    package let descriptor: Int32
    /// Its size when it was opened.
    package let byteCount: Int

    /// - Throws: `SystemError`; `EISDIR` for a folder, `EINVAL` for what is no regular file either.
    package init(_ path: String) throws(SystemError) {
        // Opening a pipe would wait for somebody to write into it.
        let descriptor = path.withCPath { open($0, O_RDONLY | O_CLOEXEC | O_NONBLOCK) }
        guard descriptor >= 0 else { throw SystemError() }
        var status = stat()
        guard fstat(descriptor, &status) == 0 else {
            let error = SystemError()
            close(descriptor)
            throw error
        }
        guard status.st_mode & S_IFMT == S_IFREG else {
            close(descriptor)
            throw SystemError(status.st_mode & S_IFMT == S_IFDIR ? EISDIR : EINVAL)
        }
        self.descriptor = descriptor
        byteCount = Int(status.st_size)
    }

    deinit { close(descriptor) }

    /// The next bytes, or those from an offset on; fewer where the file ends before.
    /// - Throws: `SystemError`.
    package func bytes(_ limit: Int, at offset: Int? = nil) throws(SystemError) -> [UInt8] {
        let descriptor = descriptor
        var failure: SystemError?
        let bytes = [UInt8](unsafeUninitializedCapacity: min(limit, byteCount)) { buffer, count in
            do throws(SystemError) {
                count = try FileSystem.read(into: UnsafeMutableRawBufferPointer(buffer), from: descriptor, at: offset)
            } catch {
                failure = error
            }
        }
        if let failure { throw failure }
        return bytes
    }

    /// Reads until the buffer is full, or as much as there is.
    /// - Returns: how many bytes.
    /// - Throws: `SystemError`.
    package func read(into buffer: UnsafeMutableRawBufferPointer) throws(SystemError) -> Int {
        try FileSystem.read(into: buffer, from: descriptor)
    }

    /// Hands out so many bytes from an offset on, a mebibyte at a time.
    /// - Throws: `SystemError`, `EIO` where the file ends before; what `body` throws.
    package func forEachPart(
        _ byteCount: Int, from offset: Int = 0, _ body: (UnsafeRawBufferPointer) throws -> Void
    ) throws {
        let buffer = UnsafeMutableRawBufferPointer.allocate(byteCount: 1 << 20, alignment: 64)
        defer { buffer.deallocate() }
        for done in stride(from: 0, to: byteCount, by: buffer.count) {
            let part = UnsafeMutableRawBufferPointer(rebasing: buffer[..<min(buffer.count, byteCount - done)])
            guard try FileSystem.read(into: part, from: descriptor, at: offset + done) == part.count else {
                throw SystemError(EIO)
            }
            try body(UnsafeRawBufferPointer(part))
        }
    }
}

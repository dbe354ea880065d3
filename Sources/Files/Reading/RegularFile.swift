import Glibc

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

    /// The next bytes, fewer where the file ends before.
    /// - Throws: `SystemError`.
    package func bytes(_ limit: Int) throws(SystemError) -> [UInt8] {
        let descriptor = descriptor
        var failure: SystemError?
        let bytes = [UInt8](unsafeUninitializedCapacity: min(limit, byteCount)) { buffer, count in
            (count, failure) = Self.fill(UnsafeMutableRawBufferPointer(buffer), from: descriptor)
        }
        if let failure { throw failure }
        return bytes
    }

    /// Reads until the buffer is full, or as much as there is.
    /// - Returns: how many bytes.
    /// - Throws: `SystemError`.
    package func read(into buffer: UnsafeMutableRawBufferPointer) throws(SystemError) -> Int {
        let (count, failure) = Self.fill(buffer, from: descriptor)
        if let failure { throw failure }
        return count
    }

    private static func fill(
        _ buffer: UnsafeMutableRawBufferPointer, from descriptor: Int32
    ) -> (count: Int, failure: SystemError?) {
        var done = 0
        while done < buffer.count {
            let count = Glibc.read(descriptor, buffer.baseAddress.map { $0 + done }, buffer.count - done)
            if count < 0 && errno == EINTR { continue }
            if count < 0 { return (done, SystemError()) }
            if count == 0 { break }
            done += count
        }
        return (done, nil)
    }
}

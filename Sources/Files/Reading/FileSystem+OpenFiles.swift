import Glibc

extension FileSystem {
    /// Reads from an open file until the buffer is full, or as much as there is.
    /// - Parameter offset: where; nil for where the last reading ended.
    /// - Returns: how many bytes.
    /// - Throws: `SystemError`.
    package static func read(
        into buffer: UnsafeMutableRawBufferPointer, from descriptor: Int32, at offset: Int? = nil
    ) throws(SystemError) -> Int {
        var done = 0
        while done < buffer.count {
            let (rest, left) = (buffer.baseAddress.map { $0 + done }, buffer.count - done)
            let count =
                offset.map { pread(descriptor, rest, left, $0 + done) } ?? Glibc.read(descriptor, rest, left)
            if count < 0 && errno == EINTR { continue }
            if count < 0 { throw SystemError() }
            if count == 0 { break }
            done += count
        }
        return done
    }

    /// Writes all bytes to an open file.
    /// - Parameter offset: where; nil for where the last writing ended.
    /// - Throws: `SystemError`.
    package static func write(
        _ bytes: UnsafeRawBufferPointer, to descriptor: Int32, at offset: Int? = nil
    ) throws(SystemError) {
        var done = 0
        while done < bytes.count {
            let (rest, left) = (bytes.baseAddress.map { $0 + done }, bytes.count - done)
            let count =
                offset.map { pwrite(descriptor, rest, left, $0 + done) } ?? Glibc.write(descriptor, rest, left)
            if count < 0 && errno == EINTR { continue }
            guard count > 0 else { throw count < 0 ? SystemError() : SystemError(EIO) }
            done += count
        }
    }
}

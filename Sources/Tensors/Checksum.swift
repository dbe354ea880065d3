import Glibc

/// A number that tells whether bytes are still what they were: FNV-1a over eight bytes at a time, with a shift after each.
///
/// Each step can be undone, so bytes that differ within one word never have the same checksum; others have by chance, one
/// in 2⁶⁴. It takes a fraction of a second for a gigabyte, and is no protection against forgers.
package struct Checksum: Sendable, Equatable {
    package private(set) var value: UInt64 = 0xCBF2_9CE4_8422_2325

    package init() {}

    package init(_ bytes: UnsafeRawBufferPointer) { update(bytes) }

    /// Goes on with more bytes. Where the pieces are cut makes no difference as long as all but the last are whole words.
    package mutating func update(_ bytes: UnsafeRawBufferPointer) {
        var hash = value
        for offset in stride(from: 0, to: bytes.count & ~7, by: 8) {
            hash = (hash ^ bytes.loadUnaligned(fromByteOffset: offset, as: UInt64.self)) &* 0x100_0000_01B3
            hash ^= hash >> 29
        }
        for offset in (bytes.count & ~7)..<bytes.count { hash = (hash ^ UInt64(bytes[offset])) &* 0x100_0000_01B3 }
        value = hash
    }

    /// Sixteen hexadecimal digits.
    package var hexDigits: String {
        let digits = String(value, radix: 16)
        return String(repeating: "0", count: 16 - digits.count) + digits
    }

    /// Of the first bytes of a file, a mebibyte at a time.
    /// - Parameter byteCount: how many; nil for all.
    /// - Throws: `SystemError` where the file cannot be read, or is shorter.
    package init(file path: String, byteCount: Int? = nil) throws(SystemError) {
        let descriptor = path.withCPath { open($0, O_RDONLY | O_CLOEXEC) }
        guard descriptor >= 0 else { throw SystemError() }
        defer { close(descriptor) }
        self.init()
        let buffer = UnsafeMutableRawBufferPointer.allocate(byteCount: 1 << 20, alignment: 64)
        defer { buffer.deallocate() }
        var left = byteCount ?? .max
        while left > 0 {
            let count = try Self.fill(buffer, atMost: left, from: descriptor)
            update(UnsafeRawBufferPointer(rebasing: buffer[..<count]))
            left -= count
            guard count == buffer.count || left == 0 || byteCount == nil else { throw SystemError(EIO) }
            if count < buffer.count { break }
        }
    }

    /// Reads until the buffer is full, or as much as there is.
    private static func fill(
        _ buffer: UnsafeMutableRawBufferPointer, atMost limit: Int, from descriptor: Int32
    ) throws(SystemError) -> Int {
        let wanted = min(limit, buffer.count)
        var done = 0
        while done < wanted {
            let count = read(descriptor, buffer.baseAddress.map { $0 + done }, wanted - done)
            if count < 0 && errno == EINTR { continue }
            guard count >= 0 else { throw SystemError() }
            if count == 0 { break }
            done += count
        }
        return done
    }
}

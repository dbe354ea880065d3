import Glibc

/// A number that tells whether bytes are still what they were: FNV-1a over eight bytes at a time, with a shift after each.
///
/// Each step can be undone, so bytes that differ within one word never have the same checksum; others have by chance, one
/// in 2⁶⁴. It takes a fraction of a second for a gigabyte, and is no protection against forgers.
package struct Checksum: Sendable, Equatable {
    package private(set) var value = Self.basis

    private static let basis: UInt64 = 0xCBF2_9CE4_8422_2325
    private static let prime: UInt64 = 0x100_0000_01B3

    /// Of no bytes yet.
    package init() {}

    /// Of these bytes.
    package init(_ bytes: UnsafeRawBufferPointer) { update(bytes) }

    /// Goes on with more bytes. Where the pieces are cut makes no difference as long as all but the last are whole words.
    package mutating func update(_ bytes: UnsafeRawBufferPointer) {
        var hash = value
        for offset in stride(from: 0, to: bytes.count & ~7, by: 8) {
            hash = (hash ^ bytes.loadUnaligned(fromByteOffset: offset, as: UInt64.self)) &* Self.prime
            hash ^= hash >> 29
        }
        for offset in (bytes.count & ~7)..<bytes.count { hash = (hash ^ UInt64(bytes[offset])) &* Self.prime }
        value = hash
    }

    /// FNV-1a as it was published, a byte at a time.
    package static func fnv1a(_ bytes: some Sequence<UInt8>) -> UInt64 {
        bytes.reduce(basis) { ($0 ^ UInt64($1)) &* prime }
    }

    /// Sixteen hexadecimal digits.
    package var hexDigits: String {
        let digits = String(value, radix: 16)
        return String(repeating: "0", count: 16 - digits.count) + digits
    }

    /// Of the first bytes of a regular file, a mebibyte at a time.
    /// - Parameter byteCount: how many; nil for all.
    /// - Throws: `SystemError` where the file cannot be read, or is shorter.
    package init(file path: String, byteCount: Int? = nil) throws(SystemError) {
        let file = try RegularFile(path)
        self.init()
        let buffer = UnsafeMutableRawBufferPointer.allocate(byteCount: 1 << 20, alignment: 64)
        defer { buffer.deallocate() }
        var left = byteCount ?? .max
        while left > 0 {
            let wanted = UnsafeMutableRawBufferPointer(rebasing: buffer[..<min(left, buffer.count)])
            let count = try file.read(into: wanted)
            update(UnsafeRawBufferPointer(rebasing: buffer[..<count]))
            left -= count
            if count == wanted.count { continue }
            guard byteCount == nil else { throw SystemError(EIO) }
            break
        }
    }
}

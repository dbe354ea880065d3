/// The checksum of ZIP files: CRC-32 with the reversed polynomial 0xEDB88320, eight bytes at a time.
struct CRC32 {
    private var register: UInt32 = 0xFFFF_FFFF

    /// What table `k` holds for a byte is what that byte becomes behind `k` zero bytes.
    private static let tables: [UInt32] = {
        var tables = [UInt32](repeating: 0, count: 8 * 256)
        for byte in 0..<256 {
            tables[byte] = (0..<8).reduce(UInt32(byte)) { value, _ in value >> 1 ^ (value & 1) * 0xEDB8_8320 }
        }
        for index in 256..<tables.count {
            let previous = tables[index - 256]
            tables[index] = previous >> 8 ^ tables[Int(previous & 0xFF)]
        }
        return tables
    }()

    var value: UInt32 { ~register }

    mutating func add(_ bytes: UnsafeRawBufferPointer) {
        Self.tables.withUnsafeBufferPointer { tables in
            var position = 0
            while position + 8 <= bytes.count {
                let word = bytes.loadUnaligned(fromByteOffset: position, as: UInt64.self).littleEndian
                let mixed = word ^ UInt64(register)
                register = 0
                for k in 0..<8 {
                    register ^= tables[(7 - k) << 8 | Int(truncatingIfNeeded: mixed >> (8 * k) & 0xFF)]
                }
                position += 8
            }
            for byte in bytes[position...] { register = register >> 8 ^ tables[Int((register ^ UInt32(byte)) & 0xFF)] }
        }
    }
}

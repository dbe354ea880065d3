/// The message digest of RFC 1321, fed piece by piece: the sum that publishers of older files tell. It finds damage, and is no
/// protection against forgers.
package struct MD5: Sendable {
    private var state: [UInt32] = [0x6745_2301, 0xefcd_ab89, 0x98ba_dcfe, 0x1032_5476]
    /// The bytes that do not fill a block yet, fewer than 64.
    private var pending: [UInt8] = []
    private var byteCount: UInt64 = 0

    package init() {}

    /// The digest of `bytes`, as 32 lower-case hexadecimal digits.
    package static func hexDigest(_ bytes: some Sequence<UInt8>) -> String {
        var hash = MD5()
        Array(bytes).withUnsafeBytes { hash.update($0) }
        return hash.finalized()
    }

    package mutating func update(_ bytes: UnsafeRawBufferPointer) {
        byteCount &+= UInt64(bytes.count)
        var rest = bytes[...]
        if !pending.isEmpty {
            let taken = rest.prefix(Self.blockSize - pending.count)
            pending.append(contentsOf: taken)
            rest = rest.dropFirst(taken.count)
            guard pending.count == Self.blockSize else { return }
            pending.withUnsafeBytes { Self.compress(&state, $0) }
            pending.removeAll(keepingCapacity: true)
        }
        let whole = rest.count - rest.count % Self.blockSize
        Self.compress(&state, UnsafeRawBufferPointer(rebasing: rest.prefix(whole)))
        pending.append(contentsOf: rest.dropFirst(whole))
    }

    /// The digest of everything so far, as 32 lower-case hexadecimal digits.
    package func finalized() -> String {
        var padded = self
        let bitCount = byteCount &* 8
        var tail: [UInt8] = [0x80]
        let length = (pending.count + 1) % Self.blockSize
        tail.append(contentsOf: repeatElement(0, count: (Self.blockSize + 56 - length) % Self.blockSize))
        for shift in stride(from: 0, to: 64, by: 8) { tail.append(UInt8(truncatingIfNeeded: bitCount >> shift)) }
        tail.withUnsafeBytes { padded.update($0) }
        return padded.state.map { word in
            let digits = String(word.byteSwapped, radix: 16)
            return String(repeating: "0", count: 8 - digits.count) + digits
        }.joined()
    }

    private static let blockSize = 64

    /// Folds whole blocks into the state.
    private static func compress(_ state: inout [UInt32], _ blocks: UnsafeRawBufferPointer) {
        guard !blocks.isEmpty else { return }
        state.withUnsafeMutableBufferPointer { state in
            sines.withUnsafeBufferPointer { sines in
                for start in Swift.stride(from: 0, to: blocks.count, by: blockSize) {
                    compress(state, UnsafeRawBufferPointer(rebasing: blocks[start..<start + blockSize]), sines)
                }
            }
        }
    }

    private static func compress(
        _ state: UnsafeMutableBufferPointer<UInt32>, _ block: UnsafeRawBufferPointer,
        _ sines: UnsafeBufferPointer<UInt32>
    ) {
        var (a, b, c, d) = (state[0], state[1], state[2], state[3])
        for step in 0..<64 {
            // The lowest byte of the rotations is that of the first of four steps.
            let (mixed, word, rotations): (UInt32, Int, UInt32) =
                switch step / 16 {
                case 0: (d ^ b & (c ^ d), step, 0x1611_0c07)
                case 1: (c ^ d & (b ^ c), (5 * step + 1) % 16, 0x140e_0905)
                case 2: (b ^ c ^ d, (3 * step + 5) % 16, 0x1710_0b04)
                default: (c ^ (b | ~d), 7 * step % 16, 0x150f_0a06)
                }
            let number = UInt32(littleEndian: block.loadUnaligned(fromByteOffset: 4 * word, as: UInt32.self))
            let sum = a &+ mixed &+ sines[step] &+ number
            let bits = rotations &>> UInt32(8 * (step % 4)) & 0xFF
            (a, b, c, d) = (d, b &+ (sum &<< bits | sum &>> (32 - bits)), b, c)
        }
        for (index, value) in [a, b, c, d].enumerated() { state[index] &+= value }
    }

    /// The whole parts of 2³² |sin(step + 1)|, as the RFC lists them.
    private static let sines: [UInt32] = [
        0xd76a_a478, 0xe8c7_b756, 0x2420_70db, 0xc1bd_ceee, 0xf57c_0faf, 0x4787_c62a, 0xa830_4613, 0xfd46_9501,
        0x6980_98d8, 0x8b44_f7af, 0xffff_5bb1, 0x895c_d7be, 0x6b90_1122, 0xfd98_7193, 0xa679_438e, 0x49b4_0821,
        0xf61e_2562, 0xc040_b340, 0x265e_5a51, 0xe9b6_c7aa, 0xd62f_105d, 0x0244_1453, 0xd8a1_e681, 0xe7d3_fbc8,
        0x21e1_cde6, 0xc337_07d6, 0xf4d5_0d87, 0x455a_14ed, 0xa9e3_e905, 0xfcef_a3f8, 0x676f_02d9, 0x8d2a_4c8a,
        0xfffa_3942, 0x8771_f681, 0x6d9d_6122, 0xfde5_380c, 0xa4be_ea44, 0x4bde_cfa9, 0xf6bb_4b60, 0xbebf_bc70,
        0x289b_7ec6, 0xeaa1_27fa, 0xd4ef_3085, 0x0488_1d05, 0xd9d4_d039, 0xe6db_99e5, 0x1fa2_7cf8, 0xc4ac_5665,
        0xf429_2244, 0x432a_ff97, 0xab94_23a7, 0xfc93_a039, 0x655b_59c3, 0x8f0c_cc92, 0xffef_f47d, 0x8584_5dd1,
        0x6fa8_7e4f, 0xfe2c_e6e0, 0xa301_4314, 0x4e08_11a1, 0xf753_7e82, 0xbd3a_f235, 0x2ad7_d2bb, 0xeb86_d391,
    ]
}

/// How a camera was held: the EXIF tag 0x0112, with its values 1...8.
enum Orientation: UInt16, CaseIterable {
    case upright = 1
    case mirrored = 2
    case upsideDown = 3
    case flipped = 4
    case transposed = 5
    case turnedLeft = 6
    case transversed = 7
    case turnedRight = 8

    /// The orientation in a TIFF structure; upright if there is none, or if the structure is garbage.
    init(exif bytes: UnsafeBufferPointer<UInt8>) {
        self = Self.tag(in: bytes).flatMap(Orientation.init) ?? .upright
    }

    /// The value of the tag in the first directory. Every read is checked: offsets come from the file.
    private static func tag(in bytes: UnsafeBufferPointer<UInt8>) -> UInt16? {
        guard bytes.count >= 8 else { return nil }
        let isBigEndian: Bool
        switch (bytes[0], bytes[1]) {
        case (0x4D, 0x4D): isBigEndian = true
        case (0x49, 0x49): isBigEndian = false
        default: return nil
        }
        func word(at offset: Int) -> UInt16? {
            guard offset >= 0, offset + 2 <= bytes.count else { return nil }
            let (first, second) = (UInt16(bytes[offset]), UInt16(bytes[offset + 1]))
            return isBigEndian ? first << 8 | second : second << 8 | first
        }
        func long(at offset: Int) -> UInt32? {
            guard let first = word(at: offset), let second = word(at: offset + 2) else { return nil }
            return isBigEndian ? UInt32(first) << 16 | UInt32(second) : UInt32(second) << 16 | UInt32(first)
        }

        guard word(at: 2) == 42, let directory = long(at: 4).map(Int.init), let count = word(at: directory) else {
            return nil
        }
        let entries = (0..<Int(count)).lazy.map { directory + 2 + 12 * $0 }
        guard let entry = entries.first(where: { word(at: $0) == 0x0112 }), word(at: entry + 2) == shortType else {
            return nil
        }
        return word(at: entry + 8)
    }

    /// Whether what is wide in the file is high when it is upright.
    var swapsSides: Bool { rawValue >= Orientation.transposed.rawValue }

    private static let shortType: UInt16 = 3
}

extension Image {
    /// The picture turned upright.
    func oriented(_ orientation: Orientation) -> Image {
        let (right, bottom) = (width - 1, height - 1)
        switch orientation {
        case .upright: return self
        case .mirrored: return gathered(width: width, height: height) { (right - $0, $1) }
        case .upsideDown: return gathered(width: width, height: height) { (right - $0, bottom - $1) }
        case .flipped: return gathered(width: width, height: height) { ($0, bottom - $1) }
        case .transposed: return gathered(width: height, height: width) { ($1, $0) }
        case .turnedLeft: return gathered(width: height, height: width) { ($1, bottom - $0) }
        case .transversed: return gathered(width: height, height: width) { (right - $1, bottom - $0) }
        case .turnedRight: return gathered(width: height, height: width) { (right - $1, $0) }
        }
    }

    /// A picture whose pixel (x, y) is this picture's pixel `source(x, y)`.
    @inline(__always)
    private func gathered(width: Int, height: Int, source: (Int, Int) -> (Int, Int)) -> Image {
        Image(width: width, height: height) { output in
            withPixels { input in
                for y in 0..<height {
                    for x in 0..<width {
                        let (sourceX, sourceY) = source(x, y)
                        let from = input + 3 * (sourceY * self.width + sourceX)
                        let to = output + 3 * (y * width + x)
                        (to[0], to[1], to[2]) = (from[0], from[1], from[2])
                    }
                }
            }
        }
    }
}

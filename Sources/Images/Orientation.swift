/// How a camera was held: the EXIF tag 0x0112 with its values 1...8, or `tiff:Orientation` of XMP.
enum Orientation: UInt16, CaseIterable {
    case upright = 1
    case mirrored = 2
    case upsideDown = 3
    case flipped = 4
    case transposed = 5
    case turnedLeft = 6
    case transversed = 7
    case turnedRight = 8

    /// The orientation that Pillow's `exif_transpose` finds: in EXIF data, and in an XMP packet where those do not speak of
    /// any; upright where neither does, or where they are garbage.
    /// - Parameter exif: a TIFF structure, maybe with `Exif` in front.
    init(exif: [UInt8] = [], xmp: some Collection<UInt8> = []) {
        self.init(TIFFDirectory(Self.withoutPrefix(exif)), xmp: xmp)
    }

    /// The same with the directory of a TIFF structure.
    init(_ directory: TIFFDirectory?, xmp: some Collection<UInt8>) {
        let isTagged = directory?.contains(Self.tag) ?? false
        let value = isTagged ? directory?.integer(Self.tag) : Self.value(inXMP: Array(xmp))
        self = value.flatMap { UInt16(exactly: $0) }.flatMap(Orientation.init) ?? .upright
    }

    private static let tag = 0x0112

    private static func withoutPrefix(_ exif: [UInt8]) -> [UInt8] {
        var rest = exif[...]
        while rest.starts(with: "Exif\0\0".utf8) { rest = rest.dropFirst(6) }
        return Array(rest)
    }

    /// The digit of the first `tiff:Orientation="6` or `tiff:Orientation>6`.
    private static func value(inXMP packet: [UInt8]) -> Int? {
        let name = Array("tiff:Orientation".utf8)
        var rest = packet[...]
        while let start = rest.firstIndex(of: name[0]) {
            rest = rest[start...]
            if rest.starts(with: name) {
                let value = rest.dropFirst(name.count)
                for sign in ["=\"", ">"] where value.starts(with: sign.utf8) {
                    if let digit = value.dropFirst(sign.utf8.count).first, (0x30...0x39).contains(digit) {
                        return Int(digit) - 0x30
                    }
                }
            }
            rest = rest.dropFirst()
        }
        return nil
    }

    /// Whether what is wide in the file is high when it is upright.
    var swapsSides: Bool { rawValue >= Orientation.transposed.rawValue }
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

import Files
import Glibc
import Images

/// Where the pixels of an image are.
package enum ImageContent: Sendable {
    case file(String)
    /// A row of a table, counted from 0.
    case row(Int, PixelTable)

    /// Names the place, and no other: the path of the file, or that of the table with the row.
    package var path: String {
        switch self {
        case .file(let path): path
        case .row(let row, let table): table.place(of: row)
        }
    }

    /// The path of the file that is this image and no other; nil for a row of a table.
    package var file: String? {
        switch self {
        case .file(let path): path
        case .row: nil
        }
    }

    /// The image, decoded.
    /// - Parameter minimumSide: what the shorter side may shrink to, in pixels; see `Image.init(contentsOf:minimumSide:)`.
    /// - Throws: `ImageError`.
    package func image(minimumSide: Int? = nil) throws -> Image {
        switch self {
        case .file(let path): try Image(contentsOf: path, minimumSide: minimumSide)
        case .row(let row, let table): table.image(at: row)
        }
    }

    /// Whether decoding takes so little that nobody need keep what comes of it.
    var isDecoded: Bool {
        switch self {
        case .file: false
        case .row: true
        }
    }

    /// The bytes that decide about the image: all of a file; of a row how its pixels stand, and these. Nil for a file that
    /// cannot be read.
    package var bytes: [UInt8]? {
        switch self {
        case .file(let path): FileSystem.bytes(of: path)
        case .row(let row, let table): Array("\(table.shape)\n".utf8) + table.pixels(at: row)
        }
    }

    /// How many bytes are stored; nil where that is no picture that is read.
    var byteCount: Int? {
        switch self {
        case .file(let path):
            guard let status = FileSystem.status(of: path), status.st_mode & S_IFMT == S_IFREG,
                status.st_size <= Image.fileByteLimit
            else { return nil }
            return status.st_size
        case .row(_, let table): return table.bytesPerImage
        }
    }

    /// Of the bytes; nil for a file that cannot be read.
    var checksum: Checksum? {
        switch self {
        case .file(let path): try? Checksum(file: path)
        case .row: bytes.map { $0.withUnsafeBytes { Checksum($0) } }
        }
    }
}

extension ImageContent: Hashable {
    /// By bytes: to Unicode the paths of two files may be equal.
    package static func == (a: ImageContent, b: ImageContent) -> Bool {
        switch (a, b) {
        case (.file(let a), .file(let b)): FileName(a) == FileName(b)
        case (.row(let a, let tableOfA), .row(let b, let tableOfB)): a == b && tableOfA === tableOfB
        case (.file, .row), (.row, .file): false
        }
    }

    package func hash(into hasher: inout Hasher) {
        switch self {
        case .file(let path): hasher.combine(FileName(path))
        case .row(let row, let table):
            hasher.combine(row)
            hasher.combine(ObjectIdentifier(table))
        }
    }
}

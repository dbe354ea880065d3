import Files

/// A picture that cannot be read, or written.
package enum ImageError: UserFacingError, Hashable {
    /// No regular file, or one that the system does not let us read.
    case unreadable(file: String, reason: String)
    /// A file without a byte.
    case empty(file: String)
    /// No picture, or one in a format that is not read.
    case unsupported(file: String, content: FileContent)
    /// A picture of a format that is read, of a kind that is not.
    case unsupportedKind(file: String, format: PictureFormat, kind: String, remedy: String)
    /// A file that ends before its picture does.
    case truncated(file: String, format: PictureFormat)
    /// A file that contradicts its format.
    case damaged(file: String, format: PictureFormat, reason: String)
    /// More pixels than `Image.pixelLimit`.
    case tooLarge(file: String, width: Int, height: Int)
    /// More pixels than `Image.unquestionedPixelCount`, and than the file's bytes allow (`Image.pixelsPerByte`).
    case tooLargeForFile(file: String, width: Int, height: Int, byteCount: Int)
    case outOfMemory(file: String)
    /// A picture that is too large for the format, or for the memory.
    case notEncodable(format: String, width: Int, height: Int)

    package var kind: ErrorKind {
        if case .notEncodable = self { return .failure }
        return .data
    }

    package var description: String {
        switch self {
        case .unreadable(let file, let reason):
            "\(file): cannot be read: \(reason)"
        case .empty(let file):
            "\(file): the file is empty; remove it or fetch it again"
        case .unsupported(let file, let content):
            "\(file): \(content.refusal)"
        case .unsupportedKind(let file, let format, let kind, let remedy):
            "\(file): \(kind), a kind of \(format.rawValue) image that is not read; \(remedy)"
        case .truncated(let file, let format):
            "\(file): truncated \(format.rawValue) image: the file ends before the picture does; fetch it again"
        case .damaged(let file, let format, let reason):
            "\(file): damaged \(format.rawValue) image: \(reason); fetch it again or remove it"
        case .tooLarge(let file, let width, let height):
            "\(file): \(width)×\(height) pixels are more than the limit of \(Image.pixelLimit); scale it down"
        case .tooLargeForFile(let file, let width, let height, let byteCount):
            """
            \(file): \(width)×\(height) pixels in \(byteCount) bytes are no photograph (more than \
            \(Image.pixelsPerByte) pixels a byte); scale it down
            """
        case .outOfMemory(let file):
            "\(file): not enough memory to decode it"
        case .notEncodable(let format, let width, let height):
            "an image of \(width)×\(height) pixels cannot be written as \(format)"
        }
    }
}

extension FileContent {
    /// Why this is not read, and what to do about it.
    var refusal: String {
        switch self {
        case .picture(let format): "a \(format.rawValue) image, which is read"
        case .foreignPicture(let format):
            "\(format.name), which is not read (judged by content, not by name); convert it: \(format.conversion)"
        case .other(let name):
            "\(name), not a picture (judged by content, not by name; \(PictureFormat.list) are read); remove it"
        }
    }
}

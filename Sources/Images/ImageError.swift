import Tensors

/// A picture that cannot be read, or written.
package enum ImageError: UserFacingError, Hashable {
    case unreadable(file: String, reason: String)
    case empty(file: String)
    case unsupported(file: String, content: String)
    case truncated(file: String, format: String)
    case damaged(file: String, format: String, reason: String)
    case tooLarge(file: String, width: Int, height: Int)
    case outOfMemory(file: String)
    case notEncodable(format: String, width: Int, height: Int)

    package var exitCode: Int32 {
        if case .notEncodable = self { return 1 }
        return 3
    }

    package var description: String {
        switch self {
        case .unreadable(let file, let reason):
            "\(file): cannot be read: \(reason)"
        case .empty(let file):
            "\(file): the file is empty; remove it or fetch it again"
        case .unsupported(let file, let content):
            "\(file): \(content), not a JPEG or PNG image (judged by content, not by name); convert or remove it"
        case .truncated(let file, let format):
            "\(file): truncated \(format) image: the file ends before the picture does; fetch it again"
        case .damaged(let file, let format, let reason):
            "\(file): damaged \(format) image: \(reason); fetch it again or remove it"
        case .tooLarge(let file, let width, let height):
            "\(file): \(width)×\(height) pixels are more than the limit of \(Image.pixelLimit); scale it down"
        case .outOfMemory(let file):
            "\(file): not enough memory to decode it"
        case .notEncodable(let format, let width, let height):
            "an image of \(width)×\(height) pixels cannot be written as \(format)"
        }
    }
}

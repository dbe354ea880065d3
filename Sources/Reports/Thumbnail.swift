import Datasets
import Images

/// Small pictures for pages that hold everything.
package enum Thumbnail {
    /// The longer side, in pixels, at most.
    package static let side = 112
    private static let quality = 72

    /// The picture, made smaller where it is larger, as a JPEG file; nil where it cannot be made.
    package static func jpeg(of image: Image) -> [UInt8]? {
        let scale = Double(side) / Double(max(image.width, image.height))
        guard scale < 1 else { return try? image.jpegData(quality: quality) }
        func scaled(_ length: Int) -> Int { max(Int((Double(length) * scale).rounded()), 1) }
        return try? image.resized(width: scaled(image.width), height: scaled(image.height)).jpegData(quality: quality)
    }

    /// The same of an image that is to be read; nil where it cannot be.
    static func jpeg(of content: ImageContent) -> [UInt8]? {
        (try? content.image(minimumSide: side)).flatMap { jpeg(of: $0) }
    }
}

import Files
import Networks

/// A published weight file that recipes may name instead of a path: one entry of `Weights/catalog.yaml`.
package struct CatalogEntry: Hashable, Sendable {
    package let name: String
    package let architecture: Architecture
    package let layout: WeightLayout
    package let preprocessing: Preprocessing
    /// The form that the network takes in this file.
    package let form: Architecture.Form?
    /// How many classes its classifier tells apart; nil where it has none.
    package let classCount: Int?
    /// Where the list of its classes lies, relative to the package, where the file has none.
    package let classNames: String?
    /// The side of the images that it was trained on, in pixels.
    package let imageSize: Int
    /// The length of the shorter side, in pixels, that images were resized to before their middle, a square of
    /// `imageSize`, was cut out, when the accuracy was measured; nil where nobody says.
    package let resize: Int?
    /// How images were resized then.
    package let interpolation: Interpolation?
    /// Of the images of the test set that are right at the first guess, in per cent, where it is published.
    package let top1: Double?
    /// The same of the first five guesses.
    package let top5: Double?
    /// Where the file lies, relative to the package, where it comes with it.
    package let file: String?
    /// Where it is fetched from: `https://…`, or `hf://owner/name` on Hugging Face.
    package let url: String?
    /// In bytes, where it is known.
    package let size: Int?
    /// The MD5 sum in lower-case hexadecimal digits, where it is known.
    package let md5: String?
    /// The SHA-256 sum, or its first digits, as far as it is known.
    package let sha256Prefix: String?
    /// What its publisher allows, `none stated` where nobody says.
    package let licence: String?
    /// Where the licence is stated, or was looked for.
    package let licenceSource: String?
    /// What else a person should know.
    package let note: String?

    /// The ways to resize that publishers use.
    package enum Interpolation: String, Sendable { case bilinear, bicubic }

    /// The keys that an entry may have, in the order in which the catalogue writes them.
    package static let keys = [
        "architecture", "layout", "preprocessing", "form", "classes", "class_names", "image_size", "resize",
        "interpolation", "top1", "top5", "file", "url", "size", "md5", "sha256", "licence", "licence_source", "note",
    ]

    /// Makes an entry of the texts under its keys.
    /// - Throws: `CatalogError` for a key that is unknown or missing, or a value that makes no sense.
    package init(name: String, fields texts: [String: String]) throws {
        let fields = try CatalogFields(entry: name, texts, keys: Self.keys)
        self.name = name
        architecture = try fields.requiredWord("architecture")
        layout = try fields.requiredWord("layout")
        preprocessing = try fields.preprocessing("preprocessing")
        form = try fields.word("form")
        if let problem = form.flatMap(architecture.problem) { throw fields.error(problem) }
        classCount = try fields.wholeNumber("classes")
        classNames = fields["class_names"]
        imageSize = try fields.wholeNumber("image_size") ?? architecture.publishedImageSize
        resize = try fields.wholeNumber("resize")
        if let resize, resize < imageSize { throw fields.error("`resize` is smaller than the image: \(resize)") }
        interpolation = try fields.word("interpolation")
        (top1, top5) = try (fields.percentage("top1"), fields.percentage("top5"))
        if let top5, top5 < top1 ?? 0 { throw fields.error("`top5` is below `top1`: \(top5)") }
        file = fields["file"]
        url = try fields.address("url")
        guard file != nil || url != nil else { throw fields.error("neither `file` nor `url` says where it is") }
        size = try fields.wholeNumber("size")
        md5 = try fields.digits("md5", 32...32)
        sha256Prefix = try fields.digits("sha256", 8...64)
        licence = fields["licence"]
        licenceSource = fields["licence_source"]
        if licence != nil, licenceSource == nil { throw fields.error("`licence` is without its `licence_source`") }
        note = fields["note"]
    }
}

/// A mistake in the catalogue of weights.
package struct CatalogError: UserFacingError, Equatable {
    package let entry: String
    package let problem: String

    package var kind: ErrorKind { .usage }
    package var description: String { "Weights/catalog.yaml: \(entry): \(problem)" }
}

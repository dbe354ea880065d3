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
    /// Where the file lies, relative to the package, where it comes with it.
    package let file: String?
    /// Where people get it.
    package let url: String?
    /// The MD5 sum in lower-case hexadecimal digits, where it is known.
    package let md5: String?
    /// The first digits of its SHA-256 sum, where they are known.
    package let sha256Prefix: String?
    package let licence: String?
    /// What else a person should know: steps between the download and a file that can be read here.
    package let note: String?

    /// The keys that an entry may have, in the order in which the catalogue writes them.
    package static let keys = [
        "architecture", "layout", "preprocessing", "form", "classes", "class_names", "image_size", "file", "url", "md5",
        "sha256",
        "licence", "note",
    ]

    /// Makes an entry of the texts under its keys.
    /// - Throws: `CatalogError` for a key that is unknown or missing, or a value that makes no sense.
    package init(name: String, fields: [String: String]) throws {
        func fail(_ problem: String) -> CatalogError { CatalogError(entry: name, problem: problem) }
        if let unknown = fields.keys.sorted().first(where: { !Self.keys.contains($0) }) {
            throw fail("the key `\(unknown)` is unknown")
        }
        func required(_ key: String) throws -> String {
            guard let value = fields[key] else { throw fail("`\(key)` is missing") }
            return value
        }
        func wholeNumber(_ key: String) throws -> Int? {
            guard let text = fields[key] else { return nil }
            guard let number = Int(text), number > 0 else { throw fail("`\(key)` is no whole number: \(text)") }
            return number
        }
        func value<Value: RawRepresentable<String>>(_ key: String, _ text: String) throws -> Value {
            guard let value = Value(rawValue: text) else { throw fail("`\(key)` is unknown: \(text)") }
            return value
        }
        self.name = name
        architecture = try value("architecture", required("architecture"))
        layout = try value("layout", required("layout"))
        let preprocessingName = try required("preprocessing")
        guard let named = Preprocessing.named.first(where: { $0.name == preprocessingName }) else {
            throw fail("`preprocessing` is unknown: \(preprocessingName)")
        }
        preprocessing = named.preprocessing
        form = try fields["form"].map { try value("form", $0) }
        if let problem = form.flatMap(architecture.problem) { throw fail(problem) }
        classCount = try wholeNumber("classes")
        classNames = fields["class_names"]
        imageSize = try wholeNumber("image_size") ?? architecture.publishedImageSize
        file = fields["file"]
        url = fields["url"]
        md5 = fields["md5"]
        sha256Prefix = fields["sha256"]
        licence = fields["licence"]
        note = fields["note"]
        guard file != nil || url != nil else { throw fail("neither `file` nor `url` says where it is") }
    }
}

/// A mistake in the catalogue of weights.
package struct CatalogError: UserFacingError, Equatable {
    package let entry: String
    package let problem: String

    package var kind: ErrorKind { .usage }
    package var description: String { "Weights/catalog.yaml: \(entry): \(problem)" }
}

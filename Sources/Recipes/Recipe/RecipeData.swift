import Datasets
import Files
import Images

extension Recipe {
    /// Which images, and how they come to one size.
    package struct Data: Hashable, Sendable {
        /// A folder with one folder for each class, or a table.
        package var train: String
        package var validation: Validation
        package var test: String?
        /// Where people get them, and how they come to where they must lie, in words; nil where nobody says.
        package var source: String?
        /// The side of the square that the network sees, in pixels.
        package var imageSize: Int
        package var resize: ResizeMode
        package var decode: Decoding
        package var onBadImage: BadImagePolicy
        /// How tables are read.
        package var tables = TableOptions()
        /// What becomes of labels; nil to leave them as they are.
        package var classes: ClassMap?
        /// Tells by their names which images belong together; nil where no pattern does.
        package var groups: GroupPattern?
        /// Files with the names of those training images that are for something else.
        package var partLists: [DatasetRole: String] = [:]
        /// The most training images of each class; nil for all.
        package var limit: Int?
    }

    /// How JPEG files are decoded.
    package enum Decoding: String, CaseIterable, Sendable {
        /// Wholly, to Pillow's bytes.
        case exact
        /// At a fraction of their size, where that leaves at least twice the pixels that are needed in each direction.
        case fast
    }

    /// What every epoch is judged on.
    package enum Validation: Hashable, Sendable {
        /// Nothing: the last epoch counts, or the one with the best training figure.
        case none
        /// A fraction of each class of the training images, above 0 and below 1.
        case fraction(Double)
        /// A folder or table with the same classes.
        case source(String)
    }
}

extension Recipe.Data {
    init(reading section: Section, defaultImageSize: Int, target: TargetKind) {
        train = section.required("train", .path("a folder with one folder for each class, or a table")) ?? ""
        validation = section.value("validation", .validation, default: .fraction(0.1))
        test = section.optional("test", .path("a folder with one folder for each class, or a table"))
        source = section.optional("source", .text("where to get the data, in words"))
        imageSize = section.value("image_size", .integer(8...4096), default: defaultImageSize)
        resize = section.value("resize", .choice, default: .crop)
        decode = section.value("decode", .choice, default: .exact)
        onBadImage = section.value("on_bad_image", .choice, default: .skip)
        readTables(section)
        tables.target = target
        section.finish()
    }

    var node: YAMLNode {
        let texts = [("test", test), ("source", source)].compactMap { key, text in text.map { (key, YAMLNode.text($0)) }
        }
        return .map(
            [("train", .text(train)), ("validation", validation.node)] + texts + [
                ("image_size", .integer(imageSize)), ("resize", .text(resize.rawValue)),
                ("decode", .text(decode.rawValue)), ("on_bad_image", .text(onBadImage.rawValue)),
            ] + tableEntries)
    }
}

extension Recipe.Validation {
    fileprivate var node: YAMLNode {
        switch self {
        case .none: .text("none")
        case .fraction(let fraction): .number(fraction)
        case .source(let path): .text(path)
        }
    }
}

extension Field where Value == Recipe.Validation {
    fileprivate static var validation: Field {
        Field(
            expected: "a fraction between 0 and 1, a folder or table, or none",
            read: { node in
                if let number = node.number { return Bounds.fraction.contains(number) ? .fraction(number) : nil }
                if node.text == "none" { return Recipe.Validation.none }
                // Nobody means a folder by these.
                guard node.numberHint.isEmpty, node.text?.lowercased() != "none" else { return nil }
                return RecipePath.read(node).map { .source($0) }
            },
            hint: {
                let hint = $0.numberHint
                return hint.isEmpty ? RecipePath.hint($0) : hint
            })
    }
}

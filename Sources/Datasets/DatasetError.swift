import Files
import Images

/// Why a data set cannot be used. Every description names the folder or file and what to do.
package enum DatasetError: UserFacingError, Equatable {
    /// A folder or file that is missing or may not be read.
    case unreadable(path: String, reason: String)
    /// A path that should be a folder and is a file.
    case notAFolder(path: String)
    /// A folder without class folders; `found` says what is there instead.
    case noClasses(path: String, found: String)
    /// A folder that holds `train`, `test` and so on rather than classes.
    case partsInsteadOfClasses(path: String, parts: [String])
    /// A folder with only one class.
    case oneClass(path: String, name: String)
    /// Class folders in which there is no image, with what they hold instead.
    case emptyClasses(path: String, classes: [String], found: String)
    /// Two class folders whose names look the same and differ in bytes.
    case twinClasses(path: String, name: String)
    /// A folder with classes that the training folder or the model does not have.
    case classMismatch(path: String, reference: String, difference: ClassDifference)
    /// Two class folders that both are the same class of a model, such as `1` and `01`.
    case doubledClass(path: String, folders: [String], name: String)
    /// Numbered folders that may be meant in the order of their numbers or of their names.
    case orderUnknown(path: String, source: String, classCount: Int, folders: [String])
    /// Images without labels where labels are needed; `image` is the first, `remedy` says where labels would stand.
    case noLabels(path: String, image: String, remedy: String)
    /// Labels of which none is left.
    case noClassNames(path: String)
    /// A folder without a single image.
    case noImages(path: String, found: String)
    /// A validation fraction that is not between 0 and 1.
    case badFraction(Double)
    /// Classes with too few different images to give one to validation and keep one.
    case tooFewToSplit(classes: [String])
    /// Nothing to give to validation, or nothing left of it.
    case tooFewGroups
    /// Images that are too few to give one and keep one.
    case tooFewImages
    /// A label that is no number where one is needed.
    case noNumber(path: String, label: String)
    /// A table or list by which no image is for a purpose.
    case noImagesFor(DatasetRole, path: String)
    /// An image that cannot be read, where the policy is to fail.
    case badImages([BadImage])
    /// Classes none of whose images can be read; `images` says of which part, such as `test images in data/test`.
    case noReadableImages(images: String, classes: [String])

    package var kind: ErrorKind { .data }

    package var isOneLine: Bool {
        switch self {
        case .classMismatch, .badImages: false
        default: true
        }
    }

    package var description: String {
        switch self {
        case .unreadable(let path, let reason):
            "\(path): cannot be read: \(reason)"
        case .notAFolder(let path):
            "\(path): is a file; a folder with one sub-folder per class is needed here, or a table (.csv, .tsv, .npz)"
        case .noClasses(let path, let found):
            """
            \(path): no class folders. Expected one folder per class with the images inside, such as \
            \(path)/cat/1.jpg and \(path)/dog/2.png. Found: \(found)
            """
        case .partsInsteadOfClasses(let path, let parts):
            """
            \(path): holds \(listed(parts)), which are parts of a data set and not classes. \
            Give each of them by itself, such as \(path)/\(parts[0])
            """
        case .oneClass(let path, let name):
            """
            \(path): only one class, \(quoted(name)). A classifier needs at least two: add images of something \
            else
            """
        case .emptyClasses(let path, let classes, let found):
            """
            \(path): no image in \(classes.count == 1 ? "the class folder" : "the class folders") \
            \(listed(classes)) (\(PictureFormat.list) are read). Found there: \(found). \
            Add images or remove \(classes.count == 1 ? "the folder" : "the folders")
            """
        case .twinClasses(let path, let name):
            """
            \(path): two class folders are both called \(quoted(name)) and differ only in how Unicode spells the \
            letters. Merge or rename them
            """
        case .classMismatch(let path, let reference, let difference):
            """
            \(path.legible): its classes are not those of \(reference.legible).
            \(difference)
            Rename or remove folders until every one is called like a class
            """
        case .doubledClass(let path, let folders, let name):
            "\(path): \(listed(folders)) are both the class \(quoted(name)). Merge or rename them"
        case .orderUnknown(let path, let source, let classCount, let folders):
            """
            \(path): \(source) does not name its \(classCount) classes, and the folders \(listed(folders)) may be \
            meant in the order of their numbers or of their names. Call them 0…\(classCount - 1), by the outputs that \
            they mean
            """
        case .noLabels(let path, let image, let remedy):
            "\(path): no labels, and they are needed here: \(image) has none. \(remedy)"
        case .noClassNames(let path):
            "\(path): no image has a label, so there is no class to tell"
        case .noImages(let path, let found):
            "\(path): no image (\(PictureFormat.list) are read). Found: \(found)"
        case .badFraction(let fraction):
            "a validation fraction of \(fraction) leaves nothing to split: it must be above 0 and below 1"
        case .tooFewToSplit(let classes):
            """
            too few different images in \(classes.count == 1 ? "the class" : "the classes") \(listed(classes)) to \
            keep one for training and one for validation: files of the same bytes count once. Add images, or give a \
            validation folder instead of a fraction
            """
        case .tooFewGroups:
            """
            the training images cannot be parted: all of them belong together. Give validation images of their own \
            instead of a fraction, or smaller groups
            """
        case .tooFewImages:
            """
            the training images cannot be parted: they are too few, and files of the same bytes count once. Add images, or \
            give validation images of their own instead of a fraction
            """
        case .noNumber(let path, let label):
            """
            \(path): the label \(quoted(label)) is no number\(Target.numberLimit); the task `regression` needs one of each \
            image, as in a column of a table
            """
        case .noImagesFor(let role, let path):
            "\(path): no image is for \(role.words)"
        case .badImages(let images):
            """
            \(images.count == 1 ? "an image" : "\(images.count) images") cannot be read:
            \(images.prefix(10).map { "  \($0.path): \($0.reason)".legible }.joined(separator: "\n"))\
            \(images.count > 10 ? "\n  and \(images.count - 10) more" : "")
            Repair or remove \(images.count == 1 ? "it" : "them"), or set data.on_bad_image to skip
            """
        case .noReadableImages(let images, let classes):
            """
            none of the \(images) can be read in \(classes.count == 1 ? "the class" : "the classes") \
            \(listed(classes)). Replace the files or remove the folders
            """
        }
    }
}

/// How many names a sentence lists; the others are counted.
let shownNames = 10

/// The name as people read it; of what is too long for one the beginning, so that no cell of a table fills the screen.
func quoted(_ name: String) -> String {
    let scalars = name.unicodeScalars
    guard let end = scalars.index(scalars.startIndex, offsetBy: longestName, limitedBy: scalars.endIndex),
        end < scalars.endIndex
    else { return "“\(name.legible)”" }
    return "“\(String(scalars[..<end]).legible)…”"
}

/// More letters than names of files have.
private let longestName = 300

/// The names in quotes, the first ten of many.
func listed(_ names: [String]) -> String { names.map(quoted).listed(most: shownNames) }

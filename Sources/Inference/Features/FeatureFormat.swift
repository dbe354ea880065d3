import Files
import Networks

/// The kinds of file that features are written to.
package enum FeatureFormat: Sendable {
    /// A table: file name, label, then a column for each number.
    case csv
    /// One NumPy array; file names and labels go to a table beside it, `<path>.csv`.
    case npy
    /// NumPy arrays in an archive: one for each layer, `filenames` and `labels`.
    case npz
    /// Data sets of an HDF5 file: one for each layer, `filenames`, `labels` and `class_names`.
    case hdf5

    /// The format that a file name's extension names; devices and pipes get a table.
    /// - Throws: `FeatureFileError` for any other extension.
    package init(path: String) throws {
        let name = path.split(separator: "/").last ?? ""
        switch name.split(separator: ".").last.map({ $0.lowercased() }) {
        case "csv": self = .csv
        case "npy": self = .npy
        case "npz": self = .npz
        case "h5", "hdf5": self = .hdf5
        default:
            guard isStream(path) else { throw FeatureFileError.unknownFormat(path) }
            self = .csv
        }
    }
}

/// One tapped layer and what it yields for an image.
package struct FeatureLayer: Sendable {
    package let name: String
    package let shape: FeatureShape

    package init(name: String, shape: FeatureShape) {
        self.name = name
        self.shape = shape
    }

    /// The shape of an array of so many images: N×H×W×C, or N×C where there is one position.
    func arrayShape(rows: Int) -> [Int] {
        shape.height * shape.width == 1
            ? [rows, shape.channels] : [rows, shape.height, shape.width, shape.channels]
    }
}

/// Features that cannot be written where and how somebody wants them, or gone on with.
package enum FeatureFileError: UserFacingError, Equatable {
    case unknownFormat(String)
    /// A format of one array, and several layers.
    case severalLayers(String)
    /// A device or pipe, which somebody wants to go on with.
    case cannotResume(String)
    /// What an interrupted run has left was begun with other images, weights or options: what differs, one line each.
    case otherOrigin(file: String, [String])
    /// Nothing says what that run was begun with.
    case unknownOrigin(String)
    /// The file holds other columns than would be written now.
    case otherColumns(String)
    /// The file goes on with an image that the folder does not have there.
    case otherImages(file: String, row: Int, name: String)
    /// The file has no row for an image that can be read.
    case newImage(file: String, name: String)
    /// The last image has other features than in the file.
    case otherFeatures(file: String, name: String)

    package var kind: ErrorKind {
        switch self {
        case .unknownFormat, .severalLayers, .cannotResume: .usage
        case .otherOrigin, .unknownOrigin, .otherColumns, .otherImages, .newImage, .otherFeatures: .data
        }
    }

    package var description: String {
        switch self {
        case .unknownFormat(let path): "\(path): the name must end in .csv, .npy, .npz or .h5"
        case .severalLayers(let path):
            "\(path): a .npy file holds one array; name one layer, or choose .npz, .h5 or .csv"
        case .cannotResume(let path): "\(path) is no file: it cannot be gone on with"
        case .otherOrigin(let file, let differences):
            """
            \(file.legible) cannot be gone on with, because it was begun differently:
            \(differences.map { "  \($0)".legible }.joined(separator: "\n"))
            \(Self.remedy)
            """
        case .unknownOrigin(let file):
            "\(file) cannot be gone on with: what it was begun with is not known, as \(file).origin is gone or damaged. "
                + Self.remedy
        case .otherColumns(let file):
            "\(file) holds other features: it was begun with other layers, pooling or image size. \(Self.remedy)"
        case .otherImages(let file, let row, let name):
            "\(file): image \(row) is \(name), which the folder does not have in this place: it has changed. \(Self.remedy)"
        case .newImage(let file, let name):
            "\(file) has no row for \(name), which can be read: the folder has changed. \(Self.remedy)"
        case .otherFeatures(let file, let name):
            "\(file): \(name) has other features now: it was begun with another model, precision or image. \(Self.remedy)"
        }
    }

    private static let remedy = "Use the same data and options, or begin anew"
}

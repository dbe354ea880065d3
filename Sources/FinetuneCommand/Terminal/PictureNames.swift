import Datasets
import Files

/// Makes up the paths of pictures in a folder: readable, inside the folder whatever images and classes are called, and no
/// two alike.
struct PictureNames {
    private let folder: String
    /// In lower case, because some file systems do not tell cases apart.
    private var taken: Set<String>

    /// - Parameter sparing: files that must not be written over.
    init(in folder: String, sparing files: [String]) {
        self.folder = folder.hasSuffix("/") ? folder : folder + "/"
        taken = Set(files.map(Self.key))
    }

    /// `folder/<image>.<word>.png`, with a number after the image where that is taken.
    ///
    /// An image is called after its file, a row of pixels after the table's and its number: `digits-row17`.
    mutating func path(for image: ImageContent, _ word: String) -> String {
        let name =
            switch image {
            case .file(let path): Self.safe(Self.stem(of: path))
            case .row(let row, let table): "\(Self.safe(Self.stem(of: table.path)))-row\(row + 1)"
            }
        let word = Self.safe(word)
        for number in 1... {
            let path = "\(folder)\(name)\(number == 1 ? "" : "-\(number)").\(word).png"
            if taken.insert(Self.key(path)).inserted { return path }
        }
        preconditionFailure("there is always a next number")
    }

    private static func stem(of path: String) -> String { withoutExtension(FileSystem.name(of: path)) }

    private static func key(_ path: String) -> String {
        if let file = FileSystem.absolutePath(of: path) { return file.lowercased() }
        let folder = String(path.unicodeScalars.dropLast(FileSystem.name(of: path).unicodeScalars.count))
        let absolute = FileSystem.absolutePath(of: folder.isEmpty ? "." : folder)
        return "\(absolute ?? folder)/\(FileSystem.name(of: path))".lowercased()
    }

    /// The name before its last dot, where it does not begin with that.
    private static func withoutExtension(_ name: String) -> String {
        let scalars = name.unicodeScalars
        guard let dot = scalars.lastIndex(of: "."), dot > scalars.startIndex else { return name }
        return String(scalars[..<dot])
    }

    /// Letters, digits and a few marks of `text`, at most 80 bytes of them; other characters become `_`.
    private static func safe(_ text: String) -> String {
        var result = ""
        for character in text {
            let isKept = character.isLetter || character.isNumber || "-_+, ()'&".contains(character) || character == "."
            let next = isKept ? String(character) : "_"
            guard result.utf8.count + next.utf8.count <= 80 else { break }
            // A leading dot would hide the picture.
            result += result.isEmpty && next == "." ? "_" : next
        }
        return result.isEmpty ? "_" : result
    }
}

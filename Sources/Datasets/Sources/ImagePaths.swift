import Files

/// Makes names of the paths in a table: relative to a root that none may leave, with the ending that was left out.
struct ImagePaths {
    let root: String
    /// The table, for errors.
    let table: String
    /// The names of the images in each folder, by what they are without ending.
    private var stems: [String: [String: [String]]] = [:]
    private let terms: TableOptions.Terms

    init(root: String, table: String, _ terms: TableOptions.Terms) {
        self.root = trimmed(root)
        self.table = table
        self.terms = terms
    }

    /// - Parameter name: of an image or folder; nothing for the root.
    func path(of name: String) -> String {
        if name.isEmpty { return root }
        return root == "." ? name : root == "/" ? "/" + name : "\(root)/\(name)"
    }

    /// The name of the image at a path.
    /// - Throws: `CSVError` for an empty path, one that leads out of the root, and one that may mean several files.
    mutating func name(for text: String, line: Int) throws -> String {
        let parts = try parts(of: text, line: line)
        let name = parts.joined(separator: "/")
        guard let last = parts.last, !FolderWalk.isImage(last) else { return name }
        let folder = parts.dropLast().joined(separator: "/")
        let files = images(in: folder)[last] ?? []
        guard files.count < 2 else { throw error(line, "\(quoted(text)) may be \(files.map(quoted).listed("or"))") }
        return files.isEmpty ? name : (parts.dropLast() + files).joined(separator: "/")
    }

    /// What stands between the slashes behind the root, `.` and `..` resolved.
    private func parts(of text: String, line: Int) throws -> [String] {
        var path = String(text.trimmed)
        guard !path.isEmpty else { throw error(line, "the path is empty") }
        if path.hasPrefix("/") {
            let base = FileSystem.absolutePath(of: root) ?? root
            let prefix = base == "/" ? "/" : base + "/"
            guard path.utf8.starts(with: prefix.utf8) else { throw outside(text, line) }
            path = String(decoding: path.utf8.dropFirst(prefix.utf8.count), as: UTF8.self)
        }
        var parts: [String] = []
        for part in path.unicodeScalars.split(separator: "/").map(String.init) where part != "." {
            if part != ".." {
                parts.append(part)
            } else if parts.popLast() == nil {
                throw outside(text, line)
            }
        }
        guard !parts.isEmpty else { throw error(line, "\(quoted(text)) is a folder; a path of an image belongs here") }
        return parts
    }

    private mutating func images(in folder: String) -> [String: [String]] {
        if let known = stems[folder] { return known }
        let names = (FileSystem.names(in: folder.isEmpty ? root : path(of: folder)) ?? []).sorted()
        let found = Dictionary(grouping: names.filter(FolderWalk.isImage)) { name in
            String(name.unicodeScalars[..<(name.unicodeScalars.lastIndex(of: ".") ?? name.unicodeScalars.endIndex)])
        }
        stems[folder] = found
        return found
    }

    private func outside(_ text: String, _ line: Int) -> CSVError {
        error(line, "\(quoted(text)) leads out of \(root); \(terms.root) is the folder that holds all images")
    }

    private func error(_ line: Int, _ reason: String) -> CSVError { CSVError(file: table, line: line, reason: reason) }
}

import Files

/// A path as people write it in a recipe.
enum RecipePath {
    /// The path, with `~/` at its beginning resolved; nil where it is none, or one of another system.
    static func read(_ node: YAMLNode) -> String? {
        guard node.boolean == nil, let text = node.text, !text.isEmpty else { return nil }
        let path = text.expandingHome
        return isForeign(path) && !FileSystem.exists(path) ? nil : path
    }

    /// What to add for a person whose path is not one of this system.
    static func hint(_ node: YAMLNode) -> String {
        if node.boolean != nil { return "; a folder of this name is written `./\(node.text ?? "")`" }
        guard let text = node.text, isForeign(text) else { return "" }
        if beginsWithDrive(text) {
            return "; that is a path on Windows: here paths begin with `/`, and in WSL with `/mnt/c/` for `C:\\`"
        }
        if text.contains("\\") { return "; folders are parted by `/`, not by `\\`" }
        return "; a backslash in double quotes begins a control character: part folders by `/`"
    }

    /// `C:\` or `C:/`.
    private static func beginsWithDrive(_ path: String) -> Bool {
        let start = Array(path.unicodeScalars.prefix(3))
        return start.count == 3 && start[0].isASCII && start[0].properties.isAlphabetic && start[1] == ":"
            && (start[2] == "\\" || start[2] == "/")
    }

    /// Whether the path looks like one of Windows, or like the ruins of one: `"data\train"` has a tab in it.
    private static func isForeign(_ path: String) -> Bool {
        path.contains("\\") || beginsWithDrive(path) || path.unicodeScalars.contains { $0.value < 0x20 }
    }
}

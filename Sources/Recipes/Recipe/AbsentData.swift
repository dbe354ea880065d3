import Files

/// Data that is not where the recipe says, but can be had.
package struct AbsentData: UserFacingError, Equatable {
    /// As the recipe has it.
    package let path: String
    /// What the recipe says of where to get it.
    package let source: String

    package var kind: ErrorKind { .data }
    package var description: String {
        let folder = path.hasPrefix("/") ? "" : "\(FileSystem.absolutePath(of: ".") ?? "")/"
        return "the images are not here: get them from \(source), so that they lie at \(folder)\(path)"
    }
}

extension Recipe.Data {
    /// Looks whether all folders and tables are there, where the recipe says how they come there; what is wrong with them is
    /// another matter.
    /// - Throws: `AbsentData`.
    func checkPresence() throws(AbsentData) {
        guard let source else { return }
        var paths = [train]
        if case .source(let path) = validation { paths.append(path) }
        if let test { paths.append(test) }
        if let path = paths.first(where: { !FileSystem.exists($0) }) { throw AbsentData(path: path, source: source) }
    }
}

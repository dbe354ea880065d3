import Files

extension Arguments {
    /// Keeps a command from writing over what it reads.
    /// - Parameters:
    ///   - output: what will be written; nil for nothing.
    ///   - option: what names it.
    ///   - inputs: what is read.
    /// - Throws: `UsageError`.
    func check(_ output: String?, of option: String, sparing inputs: [String], _ command: Command) throws {
        guard let output, let place = FileSystem.status(of: output) else { return }
        let isRead = inputs.contains { input in
            guard let status = FileSystem.status(of: input) else { return false }
            return status.st_dev == place.st_dev && status.st_ino == place.st_ino
        }
        if isRead {
            throw UsageError("\(option) \(output.legible) would replace what is read; choose another", command)
        }
    }
}

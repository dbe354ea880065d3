import Datasets
import Files

extension Arguments {
    /// Keeps a command from writing over what it reads: what it was given, the images, and the model.
    /// - Parameters:
    ///   - outputs: what will be written.
    ///   - option: what names it.
    ///   - inputs: what is read, images aside.
    ///   - images: likewise.
    /// - Throws: `UsageError`.
    func check(
        _ outputs: [String], of option: String, sparing inputs: [String], images: [Sample] = [],
        _ command: Command
    ) throws {
        let model = ModelOptions.name(self).map { [$0, "\($0)/model.h5"] } ?? []
        for output in outputs {
            guard let place = FileSystem.status(of: output) else { continue }
            func isOutput(_ path: String) -> Bool {
                FileSystem.status(of: path).map { $0.st_dev == place.st_dev && $0.st_ino == place.st_ino } ?? false
            }
            guard !(inputs + model).contains(where: isOutput),
                !images.contains(where: { $0.content.file.map(isOutput) ?? false })
            else {
                throw UsageError("\(option) \(output.legible) would replace what is read; choose another", command)
            }
        }
    }
}

import Pretrained
import TestSupport

/// A suite that imports state dicts by way of a file.
protocol StateDictSuite {
    /// Where the file lies.
    var folder: TemporaryDirectory { get }
}

extension StateDictSuite {
    var path: String { folder.file("weights.h5") }

    func importing(
        _ dict: StateDict, _ options: ImportOptions = ImportOptions()
    ) throws -> (model: Model, report: LoadReport) {
        try dict.write(to: path)
        return try Model.importing(path, options)
    }
}

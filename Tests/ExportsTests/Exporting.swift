import Exports
import Files
import Images
import Networks
import Pretrained
import Tasks
import TestSupport
import Testing

/// A model whose numbers are those of the formula.
func formulaModel(
    _ architecture: Architecture, _ options: Architecture.Options = .init(classCount: 3), imageSize: Int? = nil
) -> Model {
    var model = Model(
        architecture: architecture, options: options, preprocessing: .torch,
        imageSize: imageSize ?? architecture.publishedImageSize, resize: .crop)
    FormulaWeights.fill(model.parameters)
    model.classNames = (0..<options.classCount).map { "class \($0)" }
    return model
}

/// Exports into a folder that goes away, and hands out the file.
func exported(_ export: Export, as target: ExportTarget) throws -> [UInt8] {
    let folder = try TemporaryDirectory()
    let path = folder.file("model\(target.format.endings[0])")
    _ = try export.write(as: target, to: path)
    return try #require(FileSystem.bytes(of: path))
}

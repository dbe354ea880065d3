import Archives
import Downloads
import Engine
import Files
import Inference
import Metrics
import Training

/// An error as this program tells it: what the library says, and what to do in the words of commands and options.
func message(for error: any Error) -> String { error.legibleDescription + (remedy(for: error) ?? "") }

private func remedy(for error: any Error) -> String? {
    switch error {
    case let error as RunFolderError where error.isPlaceUnfit: "; choose another with --output"
    case let error as EngineError: error.network.map { "; `finetune summary \($0)` lists its layers" }
    case PredictionError.unlabelled: "; see `finetune predict`"
    case FeatureFileError.unknownFormat, FeatureFileError.severalLayers: nil
    case FeatureFileError.cannotResume: "; leave --resume out"
    case is FeatureFileError: " without --resume"
    case let error as ArchiveError: remedy(forFile: error.path)
    case let error as ZipError: remedy(forFile: error.path)
    case let error as NumPyError: remedy(forFile: error.path)
    default: nil
    }
}

/// What to do about a file that cannot be read, where it came from the web.
private func remedy(forFile path: String) -> String? {
    guard FetchSettings().keeps(path) else { return nil }
    return "; it was fetched: delete \(path.legible), and the same command fetches it again"
}

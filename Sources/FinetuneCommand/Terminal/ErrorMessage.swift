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
    default: nil
    }
}

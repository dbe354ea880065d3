import Files

/// Images that a model cannot judge.
package enum PredictionError: UserFacingError, Equatable {
    /// The model of this name, or a model for this file, yields infinity or NaN.
    case notFinite(String)
    /// An evaluation of images without labels, in this folder.
    case unlabelled(String)
    /// None of the images in this folder could be read.
    case nothingToJudge(String)

    package var kind: ErrorKind {
        switch self {
        case .notFinite: .failure
        case .unlabelled, .nothingToJudge: .data
        }
    }

    package var description: String {
        switch self {
        case .notFinite(let path):
            """
            \(path): the network's output is not finite. The weights are damaged, or training diverged: try a lower \
            learning rate, or precision f32
            """
        case .unlabelled(let folder):
            "\(folder): the images have no labels to judge by. One folder per class is needed"
        case .nothingToJudge(let folder):
            "\(folder): none of the images can be read, so that there is nothing to judge by"
        }
    }
}

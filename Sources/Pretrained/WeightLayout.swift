import Networks

/// How a file names and orders its tensors.
package enum WeightLayout: String, CaseIterable, Sendable {
    /// Our own `model.h5`.
    case finetune
    /// Keras' weights in HDF5: a group for each layer, listed in the attribute `layer_names`.
    case kerasLegacy = "keras-legacy"
    /// Keras' whole model in HDF5: the same below the group `model_weights`.
    case kerasWholeModel = "keras-model"
    /// Keras 3's `.weights.h5`: `layers/<class>_<n>/vars/<i>`.
    case keras3 = "keras-3"
    /// Keras 3's whole model, `.keras`: the same, and a description of the model.
    case keras3Model = "keras-3-model"
    /// A PyTorch state dict, stored key by key.
    case torch

    /// What a person calls it.
    package var words: String {
        switch self {
        case .finetune: "a model of finetune"
        case .kerasLegacy: "Keras weights (legacy HDF5)"
        case .kerasWholeModel: "a whole Keras model (legacy HDF5)"
        case .keras3: "Keras 3 weights (.weights.h5)"
        case .keras3Model: "a whole Keras 3 model (.keras)"
        case .torch: "a PyTorch state dict"
        }
    }

    /// Whose language it is; nil for ours.
    package var framework: Architecture.Framework? {
        switch self {
        case .finetune: nil
        case .kerasLegacy, .kerasWholeModel, .keras3, .keras3Model: .keras
        case .torch: .torch
        }
    }

    /// The order of the axes of its arrays.
    var axes: AxisOrder {
        switch self {
        case .finetune: .own
        case .kerasLegacy, .kerasWholeModel, .keras3, .keras3Model: .keras
        case .torch: .torch
        }
    }

    /// Whether such files may describe their model.
    var mayDescribeModel: Bool { self == .kerasWholeModel || self == .keras3Model }
}

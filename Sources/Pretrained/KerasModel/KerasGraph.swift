import Files

/// A Keras model as its `model_config` describes it: the layers of all nested models in one list, each after its inputs.
struct KerasGraph {
    /// One call of a layer.
    struct Layer {
        let name: String
        /// The outermost layer that it lies in, or itself: the name of the group that holds its tensors in the file.
        let group: String
        /// Where Keras 3 stores its tensors: `layers/functional/layers/conv2d_3`.
        let path: String
        let className: String
        let config: JSON
        /// What it is called with, in order.
        let arguments: [Argument]
        /// What it is called with by name, other than tensors.
        let keywords: JSON
        /// Whether it is asked to behave as in training, for good: batch norm takes the batch's statistics.
        let isCalledForTraining: Bool

        /// The layers that it reads, in order.
        var inputs: [Int] { arguments.flatMap(\.layers) }
        /// As a person finds it.
        var words: String { "`\(name)` (\(className))" }
    }

    indirect enum Argument {
        /// The output of a layer, by its index.
        case layer(Int)
        case constant(JSON)
        case list([Argument])

        var layers: [Int] {
            switch self {
            case .layer(let index): [index]
            case .constant: []
            case .list(let elements): elements.flatMap(\.layers)
            }
        }
    }

    let layers: [Layer]
    /// The layer that yields the model's output.
    let output: Int
    /// The size of the images that the model takes; nil where it takes several.
    let imageSize: (height: Int, width: Int)?
    /// What `training_config` says of the loss: its name in small letters, and whether it takes logits.
    let loss: KerasLoss?

    /// The layers on which the output depends, in order.
    var living: [Int] {
        var needed: Set<Int> = [output]
        for index in layers.indices.reversed() where needed.contains(index) {
            needed.formUnion(layers[index].inputs)
        }
        return needed.sorted()
    }
}

/// The loss that a Keras model was compiled with.
struct KerasLoss: Equatable {
    /// In lower case without underscores: `sparsecategoricalcrossentropy`.
    let name: String
    /// Whether it takes logits for probabilities' sake.
    let takesLogits: Bool

    init(name: String, takesLogits: Bool) {
        self.name = name.lowercased().filter { $0.isLetter || $0.isNumber }
        self.takesLogits = takesLogits
    }

    /// What a `training_config` says; nil where it says nothing that is one loss.
    init?(_ trainingConfig: JSON) {
        var loss = trainingConfig["loss"]
        // One output may be given as a list of one.
        if case .array(let losses)? = loss, losses.count == 1 { loss = losses.first }
        if let name = loss?.stringValue {
            self.init(name: name, takesLogits: false)
        } else if let name = loss?["class_name"]?.stringValue {
            self.init(name: name, takesLogits: loss?["config"]?["from_logits"]?.boolValue ?? false)
        } else {
            return nil
        }
    }

    var isCategorical: Bool {
        ["categoricalcrossentropy", "sparsecategoricalcrossentropy", "categoricalfocalcrossentropy"].contains(name)
    }
    var isBinary: Bool { ["binarycrossentropy", "binaryfocalcrossentropy"].contains(name) }
}

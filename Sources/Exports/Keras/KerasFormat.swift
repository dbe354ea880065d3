import Archives
import Files
import Networks
import Pretrained
import Tensors

/// Keras' legacy HDF5 weights, which `load_weights(by_name=True)` takes, and without `by_name` too: the layers are in the
/// order of `model.layers`.
struct KerasFormat: ExportFormat {
    let endings = [".h5", ".hdf5"]

    func library(of export: Export) -> String { "keras" }

    /// The last version whose own format this is: without one, Keras takes the file for one of its version 1.
    private static let kerasVersion = "2.15.0"

    func write(_ export: Export, to path: String) throws {
        let layers = try KerasLayer.layers(of: export.model)
        let positions = try export.model.network.linearInputPositions(
            height: export.model.imageSize, width: export.model.imageSize)
        let writer = try HDF5Writer(path: path)
        try writer.setAttribute("layer_names", to: layers.map(\.name))
        try writer.setAttribute("backend", to: "tensorflow")
        try writer.setAttribute("keras_version", to: Self.kerasVersion)
        // Keras passes over what it does not know.
        for (name, value) in ModelFacts(export.model).members { try writer.setAttribute(name, to: value) }
        for layer in layers {
            try writer.group(layer.name)
            let names = layer.node.parameters.map { "\(layer.name)/\(layer.word(for: $0)):0" }
            try writer.setAttribute("weight_names", of: layer.name, to: names)
            for (parameter, name) in zip(layer.node.parameters, names) {
                let tensor = AxisOrder.keras.stored(
                    parameter, of: export.model.parameters, positions: positions[layer.node.name] ?? 1)
                try writer.write("\(layer.name)/\(name)", tensor)
            }
        }
        try writer.close()
    }

    /// The network is built without Keras' own classifier, which ends in a softmax: ours yields logits.
    func usage(of export: Export, file: String) throws -> CodeSample {
        let model = export.model
        _ = try KerasLayer.layers(of: model)
        let name = try Library.keras.requireName(of: model)
        let side = model.imageSize
        let head = KerasHead(model)
        return CodeSample(
            language: "python",
            lines: [
                "import keras",
                "base = keras.applications.\(name)(",
                "    weights=None, include_top=False, input_shape=(\(side), \(side), 3)\(head.pooling))",
                "x = base.output",
            ] + head.python + [
                "model = keras.Model(base.input, x)",
                "model.load_weights(\(CodeSample.quoted(file)), by_name=True)",
                "logits = model(images)  # prepared as below, the channels last",
            ])
    }
}

extension HDF5Writer {
    /// An attribute holds 64 KiB.
    private static let mostNumbers = 8000

    /// Gives the root a text, a number, or a list of either.
    fileprivate func setAttribute(_ name: String, to value: JSON) throws {
        if let elements = value.arrayValue {
            let texts = elements.compactMap(\.stringValue)
            guard texts.isEmpty else { return try setAttribute(name, to: texts) }
            let numbers = elements.compactMap(\.doubleValue)
            guard numbers.count <= Self.mostNumbers else {
                throw ExportError(
                    "HDF5 has no room for \(numbers.count) \(name), at most \(Self.mostNumbers); export to onnx or safetensors"
                )
            }
            try setAttribute(name, to: numbers)
        } else if let text = value.stringValue {
            try setAttribute(name, to: text)
        } else if let number = value.doubleValue {
            try setAttribute(name, to: number)
        }
    }
}

/// The head in Keras' words.
private struct KerasHead {
    /// The argument of the application.
    let pooling: String
    /// Statements that turn `x`, its output, into logits.
    private(set) var python: [String] = []

    init(_ model: Model) {
        switch model.options.fullyConnected ? .flatten(height: 7, width: 7) : model.options.head.pooling {
        case .average, .ofLogits: pooling = ", pooling=\"avg\""
        case .maximum: pooling = ", pooling=\"max\""
        case .flatten:
            pooling = ""
            python.append("x = keras.layers.Flatten()(x)")
        }
        for node in model.network.nodes where Network.isOfClassifier(node.name) {
            switch node.operation {
            case .linear(let linear):
                let name = KerasLayer.name(of: node, model)
                python.append("x = keras.layers.Dense(\(linear.outputs), name=\"\(name)\")(x)")
            case .activation: python.append("x = keras.layers.ReLU()(x)")
            default: break
            }
        }
    }
}

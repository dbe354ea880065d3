import Archives
import Networks

/// What a Keras file tells of its model where it does not describe it: which layers there are, but neither their settings
/// nor what they read.
///
/// Keras 3 names groups after the classes of layers, and has an empty one for a layer without tensors. Legacy files list
/// the layers' names, which are those of their classes where nobody gave others.
struct KerasOutline {
    private struct Layer {
        /// As a person finds it.
        let name: String
        /// In small letters without `_`, as Keras 1 had it too: `globalmaxpooling2d`; the name where it is not known.
        let kind: String

        init(_ name: String, kind: String) {
            self.name = name
            self.kind = kind.filter { $0 != "_" }
        }
    }

    private let file: WeightFile
    private let layers: [Layer]

    /// Nil for a file that is none of Keras', or describes its model.
    init?(_ file: WeightFile) throws {
        self.file = file
        switch file.layout {
        case .keras3: layers = Self.layersOfKeras3(file.archive)
        case .kerasLegacy: layers = try Self.listedLayers(file.archive, in: "")
        case .kerasWholeModel where try file.archive.attribute("model_config") == nil:
            layers = try Self.listedLayers(file.archive, in: "model_weights")
        case .kerasWholeModel, .keras3Model, .finetune, .torch: return nil
        }
    }

    private static func layersOfKeras3(_ archive: any TensorArchive) -> [Layer] {
        archive.groups.compactMap { group in
            let parts = group.split(separator: "/")
            guard parts.count > 1, let name = parts.last, parts.first != "optimizer",
                ["layers", "_layer_checkpoint_dependencies"].contains(parts[parts.count - 2])
            else { return nil }
            return Layer(String(name), kind: String(name.withoutNumber))
        }
    }

    private static func listedLayers(_ archive: any TensorArchive, in group: String) throws -> [Layer] {
        try (archive.strings("layer_names", of: group) ?? []).map {
            Layer($0, kind: KerasNames.kind($0) ?? String($0[...].withoutNumber))
        }
    }

    // MARK: Before the trunk

    /// Kinds that prepare images, by settings that the file does not hold.
    private static let preparing: Set<String> = ["rescaling", "normalization", "lambda", "resizing", "centercrop"]

    /// What happens to pixels inside of the model, where a `Normalization` that was adapted to data tells it; nil where
    /// nothing does.
    /// - Throws: `WeightError` where something does that the file does not tell, unless a person said what.
    func preprocessing(said: Preprocessing?) throws -> Preprocessing? {
        let layers = layers.filter { Self.preparing.contains($0.kind) || $0.kind.hasPrefix("tf.") }
        guard let first = layers.first, said == nil else { return nil }
        if layers.count == 1, first.kind == "normalization", let known = normalization() { return known }
        throw WeightError(
            path: file.path,
            reason: """
                has a layer `\(first.name)` that prepares images, but not its settings; say what comes out of it \
                (--preprocessing, or `preprocessing` in a recipe), or save the whole model with model.save("….h5")
                """)
    }

    /// The tensors of `Normalization` layers, which are no weights.
    var normalizationTensors: [TensorEntry] {
        file.strays.filter { entry in
            entry.name.split(separator: "/").contains { $0.withoutNumber == "normalization" }
        }
    }

    private func normalization() -> Preprocessing? {
        let triples = normalizationTensors.filter { $0.shape == [3] }
        guard triples.count == 2, let mean = try? file.archive.tensor(triples[0].name).values,
            let variance = try? file.archive.tensor(triples[1].name).values
        else { return nil }
        let factors = KerasPixels.factors(variance: variance.map { Double($0) })
        let channels = (0..<3).map { channel in
            KerasPixels.Channel(source: channel).mapped(factors[channel], -Double(mean[channel]) * factors[channel])
        }
        return KerasPixels(channels: channels).preprocessing
    }

    // MARK: Behind the trunk

    /// The file's only linear layer, if there is just one, by index.
    private var classifier: Int? {
        let linears = file.layers.indices.filter { file.layers[$0].kind == .linear }
        return linears.count == 1 ? linears.first : nil
    }

    private var classifierShape: [Int]? {
        classifier.flatMap { file.layers[$0].tensors.first { $0.role == .weight }?.entry.shape }
    }

    /// The channels of the trunk's last feature map: those of the widest convolution.
    private var channels: Int? {
        file.layers.filter { $0.kind == .convolution }.compactMap {
            $0.tensors.first { $0.role == .weight }?.entry.shape.last
        }.max()
    }

    private func has(_ kind: String) -> Bool { layers.contains { $0.kind == kind } }

    private var poolsMeans: Bool { has("globalaveragepooling2d") }
    private var poolsMaxima: Bool { has("globalmaxpooling2d") }

    /// The head that the classifier's shape and the listed layers tell of; the usual one where there is no classifier.
    var head: Head {
        guard let inputs = classifierShape?.first, let channels, channels > 0, inputs > 0 else { return Head() }
        if inputs == channels {
            return Head(pooling: poolsMaxima && !poolsMeans ? .maximum : .average)
        }
        let side = Int(Double(inputs / channels).squareRoot())
        return side * side * channels == inputs ? Head(pooling: .flatten(height: side, width: side)) : Head()
    }

    /// What the file leaves open of a head that was read from it, so that nobody can say what its numbers mean; nil where
    /// nothing is, or a person said it.
    func doubt(_ fit: Fit, activation: ImportOptions.Activation?) -> String? {
        if let layer = strangeLayer(in: fit) {
            return "it has a layer `\(layer)`, whose settings and place it does not tell"
        }
        guard let name = fit.classifierSource(.weight).flatMap(file.layer(owning:))?.name else { return nil }
        if !fit.options.fullyConnected, !isPoolingTold {
            return "it does not tell how `\(name)` gets its numbers from the feature map, by means or by maxima"
        }
        let isPublished = fit.options.classCount == 1000 && fit.isPublishedClassifier(name, in: .keras)
        if activation == nil, !isPublished {
            return """
                it does not tell what `\(name)` ends in: a softmax, or sigmoids; if you know, say --activation softmax or \
                --activation sigmoid
                """
        }
        return nil
    }

    private var isPoolingTold: Bool {
        guard case .flatten = head.pooling else { return poolsMeans != poolsMaxima }
        return has("flatten") && !poolsMeans && !poolsMaxima
    }

    /// A layer that is neither the trunk's, nor known to do nothing in prediction, nor looked at elsewhere.
    private func strangeLayer(in fit: Fit) -> String? {
        let known = fit.architecture.nodes(namedBy: .keras)
        var left: [String: Int] = [:]
        for node in fit.network.nodes {
            if let kind = node.operation.kerasKind { left[kind, default: 0] += 1 }
            if node.operation.isPaddedByItself { left["zeropadding2d", default: 0] += 1 }
        }
        for layer in layers {
            let isLookedAt = Self.preparing.contains(layer.kind) && layer.kind != "lambda"
            let isInert = layer.kind.hasPrefix("random") || layer.kind.hasPrefix("input")
            if Self.harmless.contains(layer.kind) || isLookedAt || isInert || Self.isNetwork(layer.kind) { continue }
            let kind = Self.otherNames[layer.kind] ?? layer.kind
            left[kind, default: 0] -= 1
            if known[layer.name] != nil { continue }
            // A name's end tells nothing behind the name of nothing that is known.
            let isMisleading = KerasNames.kind(layer.name) != nil && !KerasNames.belongs(layer.name, to: known.keys)
            if left[kind, default: 0] < 0 || isMisleading { return layer.name }
        }
        return nil
    }

    /// Kinds that hold others, do nothing in prediction, or are what the head is made of.
    private static let harmless: Set<String> = [
        "functional", "sequential", "model", "dropout", "spatialdropout2d", "alphadropout", "gaussiandropout",
        "gaussiannoise", "activityregularization", "identity", "dense", "flatten", "globalaveragepooling2d",
        "globalmaxpooling2d", "seedgenerator",
    ]
    /// Whether a kind is a whole network: `resnet50`, or `mobilenetv21.00224` with its width and size.
    private static func isNetwork(_ kind: String) -> Bool {
        Architecture.catalogue.contains { architecture in
            let name = architecture.rawValue.filter { $0 != "_" }
            return kind.hasPrefix(name) && kind.dropFirst(name.count).allSatisfy { $0 == "." || $0.isNumber }
        }
    }

    private static let otherNames = [
        "relu": "activation", "merge": "add", "convolution2d": "conv2d", "batchnormalizationv1": "batchnormalization",
    ]
}

extension Operation {
    /// The kind of Keras' layer that computes it within a trunk.
    fileprivate var kerasKind: String? {
        switch self {
        case .convolution(let convolution): convolution.isDepthwise ? "depthwiseconv2d" : "conv2d"
        case .batchNorm: "batchnormalization"
        case .activation: "activation"
        case .maxPool: "maxpooling2d"
        case .averagePool: "averagepooling2d"
        case .sum: "add"
        case .concatenation: "concatenate"
        default: nil
        }
    }

    /// Whether Keras pads its input by a layer of its own, as it does before one that strides.
    fileprivate var isPaddedByItself: Bool {
        switch self {
        case .convolution(let convolution): convolution.window.stride != 1 && convolution.window.padding != 0
        case .maxPool(let pool): pool.window.stride != 1 && pool.window.padding != 0
        default: false
        }
    }
}

extension Substring {
    /// `conv2d` for `conv2d_12`.
    fileprivate var withoutNumber: Substring {
        guard let bar = lastIndex(of: "_"), bar != startIndex, !self[index(after: bar)...].isEmpty,
            self[index(after: bar)...].allSatisfy(\.isNumber)
        else { return self }
        return self[..<bar]
    }
}

import Files
import Networks
import Pretrained

/// Where PyTorch's modules keep a head, and what makes room for it in a module that was published with another one.
struct HeadModules {
    /// The module of each linear layer or convolution, by its node.
    private(set) var modules: [String: String] = [:]
    /// Python that makes `model`, of torchvision's network of this name.
    private(set) var python: [String] = []

    /// As torchvision has it, or as near to it as another head can be.
    init(torchvision model: Model) {
        let name = model.architecture.rawValue
        let classes = model.options.classCount
        guard !model.hasPublishedHead else {
            modules = Self.published(model)
            python = ["model = torchvision.models.\(name)(num_classes=\(classes))"]
            return
        }
        let layers = Self.layers(of: model.network)
        let isResNet = model.architecture.isResNet
        let slot = isResNet ? "fc" : "classifier"
        let isSequence = !isResNet || layers.count > 1
        for (index, layer) in layers.enumerated() {
            if let node = layer.node { modules[node] = isSequence ? "\(slot).\(index)" : slot }
        }
        let sequence = "torch.nn.Sequential(\(layers.map(\.python).joined(separator: ", ")))"
        let pool = Self.pool(model.options.head.pooling)
        if isResNet {
            python = [
                "model = torchvision.models.\(name)()", "model.avgpool = \(pool)",
                "model.fc = \(isSequence ? sequence : layers[0].python)",
            ]
        } else {
            python = [
                "model = torch.nn.Sequential(collections.OrderedDict(",
                "    features=torchvision.models.\(name)().features,",
                "    pool=\(pool), flatten=torch.nn.Flatten(),",
                "    classifier=\(sequence)))",
            ]
        }
    }

    /// As timm has it.
    /// - Throws: `ExportError` for a head that its networks cannot have.
    init(timm model: Model) throws {
        let options = model.options
        if options.fullyConnected {
            try Self.checkGrid(of: model)
            modules = ["fc.linear1": "pre_logits.fc1", "fc.linear2": "pre_logits.fc2", "head.linear": "head.fc"]
        } else if model.timmPooling != nil, model.architecture.fullyConnected == nil {
            modules = ["head.linear": model.architecture == .mobileNetV2 ? "classifier" : "fc"]
        } else {
            throw ExportError(
                """
                timm's \(model.architecture.rawValue) cannot have this head \
                (\(model.architecture.fullyConnected == nil ? "" : "without its fully connected layers, ")\
                \(Words.head(options.head))); export with --names torchvision, whose card shows how to build it
                """)
        }
    }

    /// timm's VGG averages maps that are too small for its large linear layers as torchvision's does, but moves these over
    /// larger ones.
    private static func checkGrid(of model: Model) throws {
        let side = model.architecture.fullyConnected?.side ?? 1
        let shape = try model.network.shapes(height: model.imageSize, width: model.imageSize)[model.network.trunkEnd]
        guard shape.height > side || shape.width > side else { return }
        throw ExportError(
            """
            timm's \(model.architecture.rawValue) computes something else of images of \(model.imageSize)×\
            \(model.imageSize): they yield a map of \(shape), larger than \(side)×\(side); export with --names torchvision
            """)
    }

    /// The names of today, but for the classifier of ResNets, which authors call as they like.
    private static func published(_ model: Model) -> [String: String] {
        if model.architecture.isResNet {
            return ["head.linear": model.network.stage(named: "layer4") == nil ? "linear" : "fc"]
        }
        let names = model.architecture.family.publication(for: .torch).layerNames
        return model.network.nodes.enumerated().reduce(into: [:]) { modules, element in
            guard Network.isOfClassifier(element.element.name) else { return }
            modules[element.element.name] = names(model.network, element.offset).first
        }
    }

    /// The layers behind the pool as PyTorch writes them.
    private static func layers(of network: Network) -> [(node: String?, python: String)] {
        network.nodes.compactMap { node in
            guard Network.isInHead(node.name) else { return nil }
            switch node.operation {
            case .linear(let linear): return (node.name, "torch.nn.Linear(\(linear.inputs), \(linear.outputs))")
            case .activation: return (nil, "torch.nn.ReLU()")
            default: return nil
            }
        }
    }

    private static func pool(_ pooling: Head.Pooling) -> String {
        switch pooling {
        case .average, .ofLogits: "torch.nn.AdaptiveAvgPool2d(1)"
        case .maximum: "torch.nn.AdaptiveMaxPool2d(1)"
        case .flatten: "torch.nn.Identity()"
        }
    }
}

extension Architecture {
    /// Whether the classifier is a layer beside the trunk, not a part of a sequence.
    fileprivate var isResNet: Bool { rawValue.hasPrefix("resnet") }
}

extension Model {
    /// Whether the head is that of the published network, whatever it tells apart.
    var hasPublishedHead: Bool {
        if architecture.fullyConnected != nil { return options.fullyConnected }
        return options.head == architecture.head
    }

    /// What timm calls the pool before the classifier; nil for a head that it does not know.
    var timmPooling: String? {
        guard options.head.hiddenLayers.isEmpty else { return nil }
        switch options.head.pooling {
        case .average: return "avg"
        case .maximum: return "max"
        case .flatten, .ofLogits: return nil
        }
    }
}

import Networks
import Pretrained

/// A library that builds networks of the catalogue.
package enum Library: String, Sendable {
    case torchvision, timm, keras

    /// What a person calls it.
    var words: String { self == .keras ? "Keras" : rawValue }

    private static let kerasNames = [
        "resnet50": "ResNet50", "resnet101": "ResNet101", "resnet152": "ResNet152", "vgg16": "VGG16", "vgg19": "VGG19",
        "mobilenet_v2": "MobileNetV2",
    ]

    /// The networks of each that are called there as here; of timm, but for MobileNetV2.
    private static let sharedByTimm = [
        "resnet18", "resnet34", "resnet50", "resnet101", "resnet152", "vgg11", "vgg13", "vgg16", "vgg19", "vgg11_bn",
        "vgg13_bn", "vgg16_bn", "vgg19_bn",
    ]
    private static let ofTorchvisionAlone = ["alexnet", "squeezenet1_1", "mobilenet_v2"]

    /// What it calls an architecture; nil where it has none such.
    func name(of architecture: Architecture) -> String? {
        let name = architecture.rawValue
        switch self {
        case .torchvision: return (Self.sharedByTimm + Self.ofTorchvisionAlone).first { $0 == name }
        case .timm: return name == "mobilenet_v2" ? "mobilenetv2_100" : Self.sharedByTimm.first { $0 == name }
        case .keras: return Self.kerasNames[name]
        }
    }

    /// The forms of its networks, where a family has several.
    private var forms: Set<Architecture.Form> { self == .keras ? [.original, .keras] : [.revised, .torch] }

    /// Its name of a model's network.
    /// - Throws: `ExportError` where it has none, or one that computes something else.
    func requireName(of model: Model) throws -> String {
        guard let name = name(of: model.architecture) else {
            throw ExportError(
                "\(words) has no \(model.architecture.rawValue); export to onnx or model, which hold any network")
        }
        var options = model.options
        options.form = model.architecture.family.forms.first(where: forms.contains)
        options.batchNormEpsilon = nil
        let theirs = model.architecture.network(options).nodes
        for (here, there) in zip(model.network.nodes, theirs) where !Network.isInHead(here.name) {
            guard let difference = here.operation.difference(from: there.operation) else { continue }
            throw ExportError(
                """
                \(words) builds another \(name) than \(model.architecture.words(model.options)): \(here.name) is \
                \(difference.here) here and \(difference.there) there; export to onnx or model, which hold any network
                """)
        }
        return name
    }
}

extension Library {
    /// Whether its network takes the names and numbers of an export as they are.
    func takesStateDict(of export: Export) -> Bool {
        guard (try? requireName(of: export.model)) != nil else { return false }
        var theirs = export
        theirs.names = self == .timm ? .timm : .torchvision
        guard let own = try? StateDict(theirs), let dictionary = try? StateDict(export) else { return false }
        return own.entries.map(\.name) == dictionary.entries.map(\.name)
    }
}

extension Operation {
    /// What differs, in words; nil where both compute the same.
    fileprivate func difference(from other: Operation) -> (here: String, there: String)? {
        guard self != other else { return nil }
        switch (self, other) {
        case (.dropout, .dropout): return nil
        case (.convolution(let one), .convolution(let two)) where one.hasBias != two.hasBias:
            func words(_ convolution: Convolution) -> String {
                "a \(convolution.words) \(convolution.hasBias ? "with" : "without") bias"
            }
            return (words(one), words(two))
        case (.batchNorm(let one), .batchNorm(let two)) where one.epsilon != two.epsilon:
            return ("a batch norm with epsilon \(one.epsilon)", "one with \(two.epsilon)")
        case _ where traits.words == other.traits.words:
            return ("a \(traits.words)", "one with other padding")
        default: return ("a \(traits.words)", "a \(other.traits.words)")
        }
    }
}

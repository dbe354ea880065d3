import Archives
import Files
import Networks

/// A weight file understood as far as its layout goes: layers with tensors whose roles are known, under the file's own
/// names.
struct WeightFile {
    let archive: any TensorArchive
    let layout: WeightLayout
    /// The layers that own tensors, in the model's order.
    let layers: [SourceLayer]
    /// Tensors that are no weights: optimiser state, counters, seeds.
    let ignored: [TensorEntry]
    /// Tensors whose role cannot be told from their names.
    let strays: [TensorEntry]
    /// What a person should know of how it was read, one sentence a line.
    let remarks: [String]
    /// What each tensor may be that is no weight of a network, by its name.
    private let baggage: [String: Baggage]
    /// The version of Keras that wrote the file, where it says so.
    let kerasVersion: String?

    var path: String { archive.path }
    /// What a person calls it.
    var words: String {
        layout == .torch ? "\(layout.words) in \(archive.container.rawValue)" : layout.words
    }

    /// Opens a file and recognises its layout.
    /// - Throws: `ArchiveError` for a file that cannot be read, `WeightError` for one whose layout is unknown.
    init(path: String) throws {
        try self.init(openArchive(path))
    }

    init(_ archive: any TensorArchive) throws {
        self.archive = archive
        try Self.checkNames(archive)
        layout = try Self.layout(of: archive)
        let contents =
            switch layout {
            case .finetune: OwnContents.read(archive)
            case .kerasLegacy: try KerasLegacyContents.read(archive, root: "")
            case .kerasWholeModel: try KerasLegacyContents.read(archive, root: "model_weights/")
            case .keras3, .keras3Model: try Keras3Contents.read(archive)
            case .torch: TorchContents.read(archive)
            }
        layers = contents.layers
        // In a graph of ours whatever is no parameter is a constant.
        let isOurGraph =
            try archive.container == .onnx && archive.attribute("producer_name")?.string == ExportedSettings.program
        ignored = contents.ignored + (isOurGraph ? contents.strays : [])
        strays = isOurGraph ? [] : contents.strays
        remarks = contents.remarks
        var baggage = archive.entries.reduce(into: [:]) { $0[$1.name] = Baggage.kind(of: $1) }
        if isOurGraph { for entry in contents.strays { baggage[entry.name] = .constants } }
        self.baggage = baggage
        kerasVersion = try Self.kerasVersion(of: archive, layout)
    }

    /// What a file holds is compared with every network by its names, which takes time.
    private static let mostTensors = 10_000
    private static let longestName = 1000

    private static func checkNames(_ archive: any TensorArchive) throws {
        guard archive.entries.count <= mostTensors else {
            throw WeightError(
                path: archive.path,
                reason:
                    "holds \(archive.entries.count) tensors, more than any network here: at most \(mostTensors) are read"
            )
        }
        if let entry = archive.entries.first(where: { $0.name.utf8.count > longestName }) {
            throw WeightError(
                path: archive.path,
                reason: """
                    has a tensor with a name of \(entry.name.utf8.count) bytes, `\(String(entry.name.prefix(40)).legible)…`: at most \
                    \(longestName) are read
                    """)
        }
    }

    /// What a tensor outside of the network is, or nil for one that may mean something.
    func baggage(_ tensor: TensorEntry) -> Baggage? { baggage[tensor.name] }

    /// The tests of the formats' own readers, in order of certainty.
    private static func layout(of archive: any TensorArchive) throws -> WeightLayout {
        func hasNames(_ group: String) throws -> Bool {
            try archive.attribute("layer_names", of: group) != nil
                || archive.attribute("layer_names0", of: group) != nil
        }
        if try archive.attribute("format")?.string == ModelFile.format { return .finetune }
        if try hasNames("") { return .kerasLegacy }
        if archive.hasGroup("model_weights"), try hasNames("model_weights") { return .kerasWholeModel }
        if try archive.attribute("nb_layers") != nil {
            throw WeightError(
                path: archive.path,
                reason: """
                    is from before Keras 1.0 (attribute `nb_layers`): its layers have no names; load it with the Keras \
                    of its time and save it again
                    """)
        }
        if archive.entries.contains(where: { Keras3Contents.layerPath(of: $0) != nil }) {
            return try archive.attribute("model_config") == nil ? .keras3 : .keras3Model
        }
        if archive.entries.contains(where: { TorchContents.role(of: $0) != nil }) { return .torch }
        let names = archive.entries.prefix(5).map { "`\($0.name.legible)`" }.joined(separator: ", ")
        throw WeightError(
            path: archive.path,
            reason: archive.entries.isEmpty
                ? "holds no tensors"
                : "is of no known layout; its first tensors are \(names). Known are the names of Keras and PyTorch"
        )
    }

    /// The layer that owns a tensor.
    func layer(owning entry: TensorEntry) -> SourceLayer? {
        layers.first { $0.tensors.contains { $0.entry == entry } }
    }

    /// The name of the layer in which a tensor of unknown role lies.
    func layerName(of stray: TensorEntry) -> String {
        switch layout {
        case .torch: stray.name.nameComponents.dropLast().joined(separator: ".")
        case .kerasLegacy, .kerasWholeModel, .keras3, .keras3Model:
            String(stray.name.split(separator: "/").dropLast().last ?? "")
        case .finetune:
            (stray.name.split(separator: "/").last ?? "").split(separator: ".").dropLast().joined(separator: ".")
        }
    }

    private static func kerasVersion(of archive: any TensorArchive, _ layout: WeightLayout) throws -> String? {
        switch layout {
        case .kerasLegacy, .kerasWholeModel:
            let inner = layout == .kerasLegacy ? "" : "model_weights"
            return try archive.attribute("keras_version")?.string
                ?? archive.attribute("keras_version", of: inner)?.string
        case .keras3Model: return try archive.attribute("keras_version")?.string
        case .finetune, .keras3, .torch: return nil
        }
    }
}

/// What a layout's reader finds.
struct WeightFileContents {
    var layers: [SourceLayer] = []
    var ignored: [TensorEntry] = []
    var strays: [TensorEntry] = []
    var remarks: [String] = []
}

/// A layer of a file, under the file's names.
struct SourceLayer: Sendable {
    /// What the file's language calls it: `conv2_block1_1_conv`, `layer1.0.conv1`.
    let name: String
    /// Where it lies in the file: `layers/conv2d_3`.
    let path: String
    /// The model or sub-model that it belongs to, by its place in the file.
    let container: String
    var tensors: [SourceTensor]

    enum Kind: Sendable { case convolution, norm, linear, other }

    /// What kind of layer its tensors speak of.
    var kind: Kind {
        let weight = tensors.first { $0.role == .weight }
        switch weight?.entry.shape.count {
        case 4: return .convolution
        case 2: return .linear
        case 1: return .norm
        default: return tensors.contains { $0.role == .mean } ? .norm : .other
        }
    }
}

/// A tensor of a file and its role in its layer. What PyTorch calls the weight and bias of a batch norm are its scale
/// and shift.
struct SourceTensor: Hashable, Sendable {
    let entry: TensorEntry
    let role: ParameterDescription.Role
}

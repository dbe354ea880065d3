import Archives
import Files
import Networks
import Tensors

/// A whole Keras model, as its `model_config` and our networks agree: which layer feeds which node, and what happens
/// before and behind the trunk.
struct KerasModel {
    let architecture: Architecture
    let form: Architecture.Form?
    /// What happens to pixels inside of the model; nil where nothing does.
    let preprocessing: Preprocessing?
    /// The side of the images; nil where the model takes several, or they are no squares.
    let imageSize: Int?
    /// Nil where our networks cannot express it: see `headProblem`.
    let head: KerasHead?
    /// Why the head cannot be taken over, naming its layer.
    let headProblem: String?
    /// What was found, for a person: one sentence a line.
    let remarks: [String]
    /// The nodes of the trunk by index of the file's layers.
    let nodes: [Int: String]
    /// The epsilons of the trunk's batch norms, by node.
    let epsilons: [String: Double]
    /// Tensors that tell the preprocessing.
    let preprocessingTensors: [TensorEntry]
    /// The file's layers, by index, behind each layer of the graph.
    let sources: [Int: Int]

    /// - Returns: nil for a file that does not describe its model.
    /// - Throws: `WeightError` for a description that cannot be understood, or a model that is none of our networks.
    init?(_ file: WeightFile, _ options: ImportOptions) throws {
        guard file.layout.mayDescribeModel, let graph = try Self.graph(of: file) else { return nil }
        func refusal(_ words: String) -> WeightError { WeightError(path: file.path, reason: words) }

        let tensors = KerasNormalizationTensors(file)
        var structure = KerasStructure(graph, KerasPixelLayers(numbers: tensors.numbers))
        let trunk: KerasTrunk
        do {
            trunk = try KerasTrunk(in: &structure, Self.candidates(options))
        } catch let problem as KerasTrunk.Problem {
            throw refusal(problem.words)
        }
        architecture = trunk.architecture
        form = trunk.form
        preprocessing = try Self.preprocessing(in: structure, options.preprocessing, refusal)
        preprocessingTensors = tensors.entries
        imageSize = try Self.side(of: graph, options, refusal)
        do {
            head = try KerasHeadReader.read(graph, behind: trunk, said: options.activation)
            headProblem = nil
        } catch let problem as KerasHead.Problem {
            (head, headProblem) = (nil, problem.words)
        }
        if let said = options.activation, let head, !head.linears.isEmpty,
            (said == .sigmoid) != (head.output == .sigmoid)
        {
            throw refusal(
                "ends in a \(said == .sigmoid ? "softmax" : "sigmoid"), not a \(said.rawValue); leave that out")
        }
        sources = try Self.sources(in: file, of: graph, Array(trunk.nodes.keys) + (head?.layers ?? []), refusal)
        var nodes: [Int: String] = [:]
        var epsilons: [String: Double] = [:]
        for (layer, node) in trunk.nodes.sorted(by: { $0.key < $1.key }) {
            if let source = sources[layer] { nodes[source] = node }
            if graph.layers[layer].className == "BatchNormalization" {
                let epsilon = KerasLayers.epsilon(of: graph.layers[layer])
                guard Architecture.Options.batchNormEpsilons.contains(epsilon) else {
                    throw refusal(
                        "its layer \(graph.layers[layer].words) has the epsilon \(epsilon), which makes no sense")
                }
                epsilons[node] = epsilon
            }
        }
        (self.nodes, self.epsilons) = (nodes, epsilons)
        remarks = Self.remarks(graph, head, hasPreprocessing: preprocessing != nil)
    }

    private static func graph(of file: WeightFile) throws -> KerasGraph? {
        guard let modelConfig = try file.archive.attribute("model_config")?.string else { return nil }
        do {
            return try KerasGraphReader.read(
                modelConfig: modelConfig, trainingConfig: try file.archive.attribute("training_config")?.string)
        } catch let problem as KerasConfigProblem {
            throw WeightError(path: file.path, reason: "its `model_config` \(problem.words)")
        } catch let error as JSONError {
            throw WeightError(path: file.path, reason: "its `model_config` or `training_config` is damaged: \(error)")
        }
    }

    /// Every network that a person allows: what a model computes tells forms apart that its tensors do not.
    private static func candidates(
        _ options: ImportOptions
    ) -> [(architecture: Architecture, options: Architecture.Options)] {
        (options.architecture.map { [$0] } ?? Architecture.catalogue).flatMap { architecture in
            let family = architecture.family
            // For images of some sizes several forms compute alike.
            let published = family.publication(for: .keras).forms
            let usual = published + family.forms.filter { !published.contains($0) }
            return family.forms(said: options.form, usual: usual).map { form in
                (architecture, Architecture.Options(classCount: 1, form: form))
            }
        }
    }

    // MARK: Before the trunk

    private static func preprocessing(
        in structure: KerasStructure, _ said: Preprocessing?, _ refusal: (String) -> WeightError
    ) throws -> Preprocessing? {
        guard structure.entries.count == 1 else {
            throw refusal("feeds its trunk images that were prepared in several ways")
        }
        switch structure.entries[0] {
        case .pixels(.image(.image), _): return nil
        case .pixels(.image(let pixels), _):
            guard let inside = pixels.preprocessing else {
                throw refusal("exchanges or erases colour channels in a way that cannot be expressed here")
            }
            guard said == nil || said == inside else {
                throw refusal(
                    """
                    prepares its images itself (\(inside.words)), in another way than the preprocessing that was asked \
                    for; leave that out
                    """)
            }
            return inside
        case .unknownPixels(let layer, _):
            guard said != nil else {
                throw refusal(
                    """
                    prepares its images in its layer \(structure.graph.layers[layer].words), which cannot be read; say \
                    what comes out of it: --preprocessing, or `preprocessing` in a recipe
                    """)
            }
            return nil
        case .pixels, .featureMap, .unknown: preconditionFailure("a trunk begins with an image")
        }
    }

    private static func side(
        of graph: KerasGraph, _ options: ImportOptions, _ refusal: (String) -> WeightError
    ) throws -> Int? {
        guard let size = graph.imageSize else { return nil }
        guard size.height == size.width || options.imageSize != nil else {
            throw refusal(
                """
                takes images of \(size.height)×\(size.width), but images are squares here; say another size: \
                --image-size, or `image_size` in a recipe
                """)
        }
        return size.height == size.width ? size.height : nil
    }

    // MARK: Layers of the file

    /// Finds the layers of the file that own the tensors of layers of the graph.
    private static func sources(
        in file: WeightFile, of graph: KerasGraph, _ owners: [Int], _ refusal: (String) -> WeightError
    ) throws -> [Int: Int] {
        let place = places(in: file, of: graph, owners)
        var result: [Int: Int] = [:]
        var taken: Set<Int> = []
        for owner in owners.sorted() {
            let layer = graph.layers[owner]
            guard let index = place(layer) else { continue }
            guard taken.insert(index).inserted else { throw refusal("uses its layer \(layer.words) more than once") }
            result[owner] = index
        }
        return result
    }

    /// How the layer of the file is found that owns the tensors of a layer of the graph: in Keras 3's files by its path, in
    /// others by its group and name.
    private static func places(
        in file: WeightFile, of graph: KerasGraph, _ owners: [Int]
    ) -> (KerasGraph.Layer) -> Int? {
        if file.layout == .keras3Model {
            let indices = Dictionary(
                file.layers.enumerated().map { ($1.path, $0) }, uniquingKeysWith: { first, _ in first })
            return { indices[$0.path] }
        }
        struct Place: Hashable {
            let group: String
            let name: String
        }
        var indices: [Place: Int] = [:]
        for (index, layer) in file.layers.enumerated() {
            indices[Place(group: layer.container.isEmpty ? layer.name : layer.container, name: layer.name)] = index
        }
        let ownersOfGroup = Dictionary(grouping: owners) { graph.layers[$0].group }.mapValues(\.count)
        return { layer in
            // A nested model with one layer that owns tensors is stored as that layer.
            let alone = ownersOfGroup[layer.group] == 1 ? indices[Place(group: layer.group, name: layer.group)] : nil
            return indices[Place(group: layer.group, name: layer.name)] ?? alone
        }
    }

    // MARK: Words

    private static func remarks(
        _ graph: KerasGraph, _ head: KerasHead?, hasPreprocessing: Bool
    ) -> [String] {
        var lines: [String] = []
        if hasPreprocessing {
            lines.append("the model prepares its images itself; that is taken over as its preprocessing")
        }
        let inert = graph.living.map { graph.layers[$0] }.filter(KerasLayers.actsInTraining).map(\.name)
        if !inert.isEmpty { lines.append("left out, as they act in training only: \(inert.listed(most: 8))") }
        guard let head, let last = head.linears.last else { return lines }
        let name = graph.layers[last.dense].name
        let norms = head.linears.flatMap { $0.before + $0.after }.map { graph.layers[$0.layer].name }
        if !norms.isEmpty { lines.append("folded into the linear layers beside them: \(norms.listed(most: 8))") }
        switch head.output {
        case .softmax: break
        case .sigmoid: lines.append("`\(name)` has one output: class 1 against class 0")
        case .presumedSoftmax:
            lines.append("`\(name)` has no activation and the file no loss: its outputs are taken for logits")
        }
        return lines
    }
}

extension KerasHead {
    /// The layers of the graph that own tensors.
    fileprivate var layers: [Int] { linears.flatMap { ($0.before + $0.after).map(\.layer) + [$0.dense] } }
}

/// The tensors of `Normalization` layers, which were adapted to data.
private final class KerasNormalizationTensors {
    private let file: WeightFile
    /// Those that were asked for, and the counters beside them.
    private(set) var entries: [TensorEntry] = []
    /// A model has one or two such layers; a hostile one may have thousands.
    private var lookUpsLeft = 32

    init(_ file: WeightFile) { self.file = file }

    /// One number, or one for each channel; nil where there is no such tensor, or it cannot be read.
    func numbers(_ layer: KerasGraph.Layer, _ tensor: String) -> [Double]? {
        guard lookUpsLeft > 0 else { return nil }
        lookUpsLeft -= 1
        let named = file.layout == .keras3Model ? numbered(layer) : legacy(layer)
        guard let entry = named(tensor), (1...3).contains(entry.shape.product),
            let values = try? file.archive.tensor(entry.name).values
        else { return nil }
        entries.append(entry)
        if let counter = named("count"), !entries.contains(counter) { entries.append(counter) }
        return values.map { Double($0) }
    }

    /// Keras 3 numbers them.
    private func numbered(_ layer: KerasGraph.Layer) -> (String) -> TensorEntry? {
        { [archive = file.archive] name in
            ["mean", "variance", "count"].firstIndex(of: name).flatMap { archive.entry("\(layer.path)/vars/\($0)") }
        }
    }

    private func legacy(_ layer: KerasGraph.Layer) -> (String) -> TensorEntry? {
        let own = file.archive.entries.filter { entry in
            let parts = entry.name.split(separator: "/").dropFirst()
            return parts.first.map(String.init) == layer.group
                && (layer.group == layer.name || parts.dropFirst().contains { $0 == layer.name })
        }
        return { name in own.first { $0.name.split(separator: "/").last?.prefix { $0 != ":" } == name[...] } }
    }
}

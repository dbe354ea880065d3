import Networks

/// The trunk of a known network found in a Keras model by what its layers compute.
struct KerasTrunk {
    let architecture: Architecture
    let form: Architecture.Form?
    /// The node of each layer with tensors.
    let nodes: [Int: String]
    /// The layer that yields the trunk's last feature map; layers that pass it on come after it.
    let end: Int
    /// The shape of that map for one image of the model's size; nil where the model takes several sizes.
    let map: FeatureShape?
    let channels: Int

    /// A model in which no trunk is found: the first layer that cannot be understood.
    struct Problem: Error { let words: String }

    /// - Parameter candidates: the networks to look for, with the average pool that they have by themselves.
    /// - Throws: `Problem` where none of them is in the model.
    init(
        in structure: inout KerasStructure, _ candidates: [(architecture: Architecture, options: Architecture.Options)]
    ) throws {
        let graph = structure.graph
        let living = graph.living
        var best: (matches: Set<Int>, name: String)?
        for (architecture, options) in candidates {
            let network = architecture.network(options)
            let numbers = structure.numbers(of: network)
            let end = network.trunkEnd
            if let layer = living.last(where: { structure.isMap($0, numbers[end]) }) {
                self.architecture = architecture
                form = options.form
                self.end = layer
                channels = network.channels(of: end)
                map = graph.imageSize.flatMap { size in
                    (try? network.shapes(height: size.height, width: size.width))?[end]
                }
                let names = Dictionary(
                    zip(numbers, network.nodes.map(\.name)), uniquingKeysWith: { first, _ in first })
                nodes = structure.weighted.compactMapValues { names[$0] }
                return
            }
            let matches = Set(living.filter { structure.isMap($0, among: Set(numbers[...end])) })
            if matches.count > best?.matches.count ?? -1 { best = (matches, architecture.rawValue) }
        }
        throw Self.problem(in: structure, living, best?.matches ?? [], best?.name ?? "")
    }

    /// Names the first layer that is not the network's though all that it reads is.
    private static func problem(
        in structure: KerasStructure, _ living: [Int], _ matches: Set<Int>, _ network: String
    ) -> Problem {
        let graph = structure.graph
        if let layer = graph.layers.first(where: { KerasNames.isPreactivated($0.name) }) {
            return Problem(words: KerasNames.preactivationWords(layer.name))
        }
        let strange = living.first { index in
            let isUnderstood = structure.isPixels(index) || matches.contains(index)
            return !isUnderstood
                && graph.layers[index].inputs.allSatisfy { structure.isPixels($0) || matches.contains($0) }
        }
        guard let strange else { return Problem(words: "holds no architecture that is known here") }
        let layer = graph.layers[strange]
        if layer.isCalledForTraining {
            return Problem(
                words: "calls its layer \(layer.words) with `training=True`, which no network here does in prediction")
        }
        guard !matches.isEmpty else {
            return Problem(
                words: """
                    holds no architecture that is known here: its layer \(layer.words) cannot be understood; whole models are \
                    read of ResNets and VGGs only: of a MobileNetV2 or a SqueezeNet save the weights alone, \
                    model.save_weights("x.weights.h5")
                    """)
        }
        return Problem(
            words: "holds something like \(network), but its layer \(layer.words) is none of \(network)'s in this place"
        )
    }
}

extension KerasStructure {
    fileprivate func isMap(_ layer: Int, _ number: Int) -> Bool {
        guard case .featureMap(let map) = values[layer] else { return false }
        return map.padding == 0 && map.structure == number
    }

    /// Whether a layer yields one of these maps, as it is or with zeros around it.
    fileprivate func isMap(_ layer: Int, among numbers: Set<Int>) -> Bool {
        guard case .featureMap(let map) = values[layer] else { return false }
        return numbers.contains(map.structure)
    }

    fileprivate func isPixels(_ layer: Int) -> Bool {
        switch values[layer] {
        case .pixels, .unknownPixels: true
        case .featureMap, .unknown: false
        }
    }
}

extension Network {
    fileprivate func channels(of node: Int) -> Int {
        for index in (0...node).reversed() {
            if case .convolution(let convolution) = nodes[index].operation { return convolution.outputChannels }
        }
        return 3
    }
}

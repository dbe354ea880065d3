import Archives
import Networks

/// Which part of a network each place in a file belongs to, so that a tensor that no parameter takes is not passed over
/// where it says that the file's network is another one.
struct FileRegions {
    enum Region: Hashable {
        /// A part that the network has before its head.
        case trunk
        /// The layer that feeds the head.
        case headLayer
        /// Another layer of the file's classifier.
        case classifier
        /// Anything else: what lies behind the trunk, or beside the network.
        case elsewhere
    }

    private let naming: LayerNaming
    private var trunkParts: Set<Substring> = []
    private var headParts: Set<Substring> = []
    /// The region of each layer that feeds a node, by its index, and by the components of its path.
    private var regions: [Int: Region] = [:]
    private var layers: [[Substring]: Region] = [:]

    /// - Parameters:
    ///   - nodes: the node of each layer of the file, by its index.
    ///   - names: the layers' names as they are looked up.
    init(
        _ file: WeightFile, nodes: [Int: String], names: [String], naming: LayerNaming, network: Network
    ) {
        self.naming = naming
        headParts = naming == .torch ? TorchHead.parts : []
        for (index, node) in nodes {
            let region = Self.region(of: node, in: network)
            regions[index] = region
            layers[Self.components(of: file.layers[index].path)] = region
            if region == .trunk {
                trunkParts.insert(naming.part(of: names[index]))
            } else {
                headParts.insert(naming.part(of: names[index]))
            }
        }
    }

    /// The region of a node's tensors. A network without VGG's large linear layers takes them for the file's classifier.
    private static func region(of node: String, in network: Network) -> Region {
        let isTakenForTrunk = FullyConnectedLayers.contain(node) && network.nodes.contains { $0.name == node }
        guard Network.isOfClassifier(node), !isTakenForTrunk else { return .trunk }
        return network.nodes.contains { $0.name == node } ? .headLayer : .classifier
    }

    /// The region of a layer.
    /// - Parameters:
    ///   - index: the layer's, in the file.
    ///   - name: as it is looked up.
    func region(ofLayer index: Int, named name: String) -> Region {
        regions[index] ?? region(named: name)
    }

    /// The region of a tensor that belongs to no layer.
    /// - Parameter name: as it is looked up.
    func region(of stray: TensorEntry, named name: String) -> Region {
        var path = Self.components(of: stray.name)
        while path.popLast() != nil {
            if let region = layers[path] { return region }
        }
        return region(named: name)
    }

    private func region(named name: String) -> Region {
        if let framework = naming.framework {
            // What another network has in its trunk, this one would have to have.
            if Architecture.trunkNames(in: framework).contains(name) { return .trunk }
            if Architecture.classifierNames(in: framework).contains(name) { return .classifier }
        }
        let part = naming.part(of: name)
        if headParts.contains(part) { return .classifier }
        return trunkParts.contains(part) ? .trunk : .elsewhere
    }

    private static func components(of name: String) -> [Substring] { name.split { $0 == "/" || $0 == "." } }
}

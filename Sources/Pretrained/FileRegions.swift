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

    private let names: LookedUpNames
    private var trunkParts: Set<Substring> = []
    private var headParts: Set<Substring> = []
    /// The region of each layer that feeds a node, by its index.
    private var regions: [Int: Region] = [:]

    /// - Parameters:
    ///   - names: of the file.
    ///   - nodes: the node of each layer of the file, by its index.
    init(_ names: LookedUpNames, nodes: [Int: String], network: Network) {
        self.names = names
        headParts = names.naming == .torch ? TorchHead.parts : []
        let regionsOfNodes = Dictionary(
            uniqueKeysWithValues: Set(nodes.values).map { ($0, Self.region(of: $0, in: network)) })
        for (index, node) in nodes {
            guard let region = regionsOfNodes[node] else { continue }
            regions[index] = region
            if region == .trunk {
                trunkParts.insert(names.layers[index].part)
            } else {
                headParts.insert(names.layers[index].part)
            }
        }
    }

    /// The region of a node's tensors. A network without VGG's large linear layers takes them for the file's classifier.
    private static func region(of node: String, in network: Network) -> Region {
        let isTakenForTrunk = FullyConnectedLayers.contain(node) && network.nodes.contains { $0.name == node }
        guard Network.isOfClassifier(node), !isTakenForTrunk else { return .trunk }
        return network.nodes.contains { $0.name == node } ? .headLayer : .classifier
    }

    /// - Parameter index: the layer's, in the file.
    func region(ofLayer index: Int) -> Region { regions[index] ?? region(named: names.layers[index]) }

    /// - Parameter index: of a tensor that belongs to no layer, among those of the file.
    func region(ofStray index: Int) -> Region {
        guard let name = names.strays[index] else { return .elsewhere }
        let around = names.layersAround[index].lazy.compactMap { regions[$0] }.first
        return around ?? region(named: name)
    }

    private func region(named name: LookedUpNames.Name) -> Region {
        if let region = name.region { return region }
        if headParts.contains(name.part) { return .classifier }
        return trunkParts.contains(name.part) ? .trunk : .elsewhere
    }
}

// What frameworks call the layers of the architectures in the catalogue.

extension Architecture {
    /// The nodes that layers of a framework's names feed, of the network as it was published.
    package func nodes(namedBy framework: Framework) -> [String: String] {
        Self.namedNodes[framework]?[self] ?? [:]
    }

    /// Every name that a layer before the classifier has in a framework, in any architecture of the catalogue.
    package static func trunkNames(in framework: Framework) -> Set<String> { trunkNames[framework] ?? [] }

    /// Every name that a layer of the classifier has in a framework, in any architecture of the catalogue.
    package static func classifierNames(in framework: Framework) -> Set<String> { classifierNames[framework] ?? [] }

    private static let namedNodes = byFramework { framework in
        Dictionary(
            uniqueKeysWithValues: catalogue.map { architecture in
                let network = architecture.publishedNetwork
                let layerNames = architecture.family.publication(for: framework).layerNames
                var nodes: [String: String] = [:]
                for (index, node) in network.nodes.enumerated() {
                    for name in layerNames(network, index) { nodes[name] = node.name }
                }
                return (architecture, nodes)
            })
    }

    private static let trunkNames = byFramework { names(in: $0) { !Network.isOfClassifier($0) } }
    private static let classifierNames = byFramework { names(in: $0, ofNodes: Network.isOfClassifier) }

    private static func names(in framework: Framework, ofNodes isWanted: (String) -> Bool) -> Set<String> {
        Set((namedNodes[framework] ?? [:]).values.flatMap { nodes in nodes.filter { isWanted($0.value) }.map(\.key) })
    }

    private static func byFramework<Value>(_ value: (Framework) -> Value) -> [Framework: Value] {
        Dictionary(uniqueKeysWithValues: Framework.allCases.map { ($0, value($0)) })
    }
}

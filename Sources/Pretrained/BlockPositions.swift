import Files
import Networks

/// Finds a trunk of plain stages (VGG's) in a model of somebody's own: convolutions that lie under `block1`…`block5`, counted
/// within each.
enum BlockPositions {
    /// The nodes by index of layer.
    static func nodes(of layers: [SourceLayer], in network: Network) -> [Int: String] {
        var counts: [Int: Int] = [:]
        var result: [Int: String] = [:]
        for (index, layer) in layers.enumerated() where layer.kind == .convolution {
            let components = layer.path.split { $0 == "/" || $0 == "." }
            guard let block = components.dropLast().lazy.compactMap({ $0.number(after: "block") }).first,
                network.stage(named: "block\(block)") != nil
            else { continue }
            counts[block, default: 0] += 1
            result[index] = "block\(block).conv\(counts[block, default: 0])"
        }
        return result
    }
}

import Files
import Networks

/// Finds a trunk of plain stages (VGG's) in a model of somebody's own: convolutions that lie under `block1`…`block5`, counted
/// within each.
enum BlockPositions {
    /// The convolutions among the layers that lie under a block, by index, and the block's number.
    static func blocks(of layers: [SourceLayer]) -> [(layer: Int, block: Int)] {
        layers.indices.filter { layers[$0].kind == .convolution }.compactMap { index in
            layers[index].path.nameComponents.dropLast().lazy.compactMap { $0.number(after: "block") }.first
                .map { (index, $0) }
        }
    }

    /// The nodes by index of layer.
    /// - Parameter blocks: of the file's layers.
    static func nodes(_ blocks: [(layer: Int, block: Int)], in network: Network) -> [Int: String] {
        var counts: [Int: Int] = [:]
        var result: [Int: String] = [:]
        for (index, block) in blocks where network.stage(named: "block\(block)") != nil {
            counts[block, default: 0] += 1
            result[index] = "block\(block).conv\(counts[block, default: 0])"
        }
        return result
    }
}

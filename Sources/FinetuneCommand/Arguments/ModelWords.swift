import Networks
import Recipes

/// A class as people write it: its name, or its index.
enum ClassChoice {
    /// - Parameter names: of all classes, in the order of their indices.
    /// - Throws: `UsageError` that tells the nearest name.
    static func index(of word: String, in names: [String], _ command: Command) throws -> Int {
        if let index = names.firstIndex(of: word) { return index }
        if let index = Int(word), names.indices.contains(index) { return index }
        throw UsageError.unknown(
            "class", word, of: names, otherwise: "the model's classes are numbered from 0 to \(names.count - 1)",
            command)
    }
}

/// A feature map as people write it: the name of a stage, a block or a layer.
enum LayerChoice {
    /// - Throws: `UsageError` that tells the nearest name.
    static func check(_ word: String, of network: Network, _ command: Command) throws {
        guard network.featureMap(named: word) == nil else { return }
        let stages = network.featureMapStages
        // A stage is more likely meant than one of its many layers.
        let names = stages + network.featureMapNames.filter { !stages.contains($0) }
        throw UsageError.unknown(
            "layer", word, of: names, otherwise: "there are \(stages.joined(separator: ", ")) and the layers in them",
            command)
    }
}

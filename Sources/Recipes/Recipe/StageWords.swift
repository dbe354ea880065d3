import Files
import Networks

/// The words that name the stages of one network in a recipe and on the command line.
package struct StageWords: Sendable {
    /// The stages that own parameters, from input to output.
    package let stages: [String]
    /// The network's name, for messages.
    private let network: String

    package init(_ network: Network) {
        stages = network.trainableStageNames
        self.network = network.name
    }

    init(_ model: Recipe.Model) {
        self.init(
            model.architecture.network(.init(classCount: 2, fullyConnected: model.hasFullyConnectedLayers)))
    }

    /// `all` for every stage, the network's own names, and Keras' `conv2`…`conv5` for `layer1`…`layer4`.
    package var all: [String] { ["all"] + stages }

    /// The stages that a word names, or nil where it names none.
    package func stages(named word: String) -> [String]? {
        if word == "all" { return stages }
        let name = Self.kerasNames[word] ?? word
        return stages.contains(name) ? [name] : nil
    }

    private static let kerasNames = ["conv2": "layer1", "conv3": "layer2", "conv4": "layer3", "conv5": "layer4"]

    /// The stages that a word of a recipe names; nil where it names none (reported).
    func read(_ word: String, at location: Location, path: String, problems: Problems) -> [String]? {
        if let names = stages(named: word) { return names }
        problems.add(
            location,
            "\(path): \(network) has no stage `\(word.shortened)`\(suggestion(for: word, in: all))")
        return nil
    }
}

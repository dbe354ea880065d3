/// A convolutional network described once: its layers in order, grouped into named stages, and the parameters they need.
///
/// A network holds no numbers. `ParameterStore` holds the weights, the engine computes.
public struct Network: Sendable {
    /// The architecture's name, as in `Architecture`.
    public let name: String
    /// The stages from input to output; each owns a run of consecutive nodes.
    public let stages: [Stage]
    /// All nodes in an order in which each comes after its inputs; the first is the input, the last yields the logits.
    package let nodes: [Node]
    /// Every parameter, in the order of the nodes that own them.
    package let parameters: [ParameterDescription]
    /// How many classes the logits tell apart.
    public let classCount: Int

    /// A named part of the network that is frozen, trained or tapped as a whole.
    public struct Stage: Hashable, Sendable {
        /// `stem`, `layer1`…`layer4`, `block1`…`block5`, `fc`, `pool` or `head`.
        public let name: String
        /// The indices of its nodes.
        package let nodes: Range<Int>
    }

    /// The stages that own parameters, and so can be frozen or trained.
    public var trainableStageNames: [String] {
        stages.filter { stage in parameters.contains { $0.stage == stage.name } }.map(\.name)
    }

    package func stage(named name: String) -> Stage? { stages.first { $0.name == name } }
}

// The trunk and the head.
extension Network {
    /// The stage that turns features into logits.
    package static let headStage = "head"

    /// Whether a node of a network, by its name, belongs to the head.
    package static func isInHead(_ node: String) -> Bool { node.hasPrefix("\(headStage).") }

    /// Whether a node of a network, by its name, belongs to what turns features into classes: the head, or the large linear
    /// layers before it.
    package static func isOfClassifier(_ node: String) -> Bool {
        isInHead(node) || FullyConnectedLayers.contain(node)
    }

    /// The last layer with parameters, whose outputs are the classes.
    package var classifier: Node {
        guard let node = nodes.last(where: { !$0.parameters.isEmpty }) else {
            preconditionFailure("\(name) has nothing to tell classes by")
        }
        return node
    }

    /// The node that yields the trunk's last feature map, which the stage `pool` reads, or the head.
    package var trunkEnd: Int {
        let stage = stage(named: "pool") ?? stage(named: Self.headStage)
        guard let stage, let end = nodes[stage.nodes.lowerBound].inputs.first else {
            preconditionFailure("\(name) has no head")
        }
        return end
    }
}

/// One layer: an operation, where its inputs come from, and the parameters it owns.
package struct Node: Sendable {
    /// Dotted and unique, such as `layer1.block1.conv2`.
    package let name: String
    package let operation: Operation
    /// The indices of the nodes whose outputs it reads.
    package let inputs: [Int]
    /// The name of the stage it belongs to; empty for the input.
    package let stage: String
    /// The parameters it owns, in the order in which its operation lists them.
    package let parameters: [ParameterDescription]

    /// The parameter of a role; nil where it has none.
    package func parameter(_ role: ParameterDescription.Role) -> ParameterDescription? {
        parameters.first { $0.role == role }
    }

    /// The epsilon of a batch norm; nil for anything else.
    package var batchNormEpsilon: Double? {
        if case .batchNorm(let norm) = operation { norm.epsilon } else { nil }
    }
}

/// A parameter's name, shape and meaning.
package struct ParameterDescription: Hashable, Sendable {
    /// The node's name and the role: `layer1.block1.conv2.weight`.
    package let name: String
    package let role: Role
    /// O×kernel×kernel×(I/groups) for convolutions, outputs × (H·W·C) for linear layers, the channel count otherwise.
    package let shape: [Int]
    package let stage: String

    package enum Role: String, Hashable, Sendable {
        case weight, bias, scale, shift, mean, variance
    }

    /// Running statistics are stored and frozen like weights, but no optimiser moves them.
    package var isStatistic: Bool { role == .mean || role == .variance }
    package var isInHead: Bool { stage == Network.headStage }
    /// Biases, scales and shifts are exempt from weight decay.
    package var decays: Bool { role == .weight }
}

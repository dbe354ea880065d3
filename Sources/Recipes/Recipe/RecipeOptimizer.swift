import Files
import Training

/// The words that name optimisers in a recipe.
package let optimizerNames = ["sgd", "adam", "adamw"]

extension OptimizerConfiguration {
    /// Reads the section `optimizer` of a recipe, AdamW where it is missing.
    ///
    /// The bounds are those within which 32-bit floats tell the numbers from 0 and 1, and somebody has trained.
    init(reading recipe: Section) {
        let section = namedSection("optimizer", of: recipe)
        let name = section.value("name", .word(of: optimizerNames), default: "adamw")
        let method: Method
        switch name {
        case "sgd":
            let momentum = section.value("momentum", .number(.within(0...0.9999)), default: 0.9)
            let isNesterov = section.value("nesterov", .boolean, default: false)
            if isNesterov && momentum == 0 {
                section.problems.add(section.location, "optimizer: Nesterov's form needs a momentum above 0")
            }
            method = .sgd(momentum: momentum, nesterov: isNesterov)
        default:
            let betas = section.value(
                "betas", .list(of: .number(.within(0...0.999999)), count: 2), default: [0.9, 0.999])
            let epsilon = section.value("epsilon", .number(.within(1e-16...1)), default: 1e-8)
            method =
                name == "adam"
                ? .adam(beta1: betas[0], beta2: betas[1], epsilon: epsilon)
                : .adamW(beta1: betas[0], beta2: betas[1], epsilon: epsilon)
        }
        let decay = section.value("weight_decay", .number(.within(0...1)), default: name == "adamw" ? 0.01 : 0)
        let clip = section.optional("gradient_clip", .number(.within(1e-6...1e6)))
        section.finish()
        self.init(method, weightDecay: decay, gradientClip: clip)
    }

    var node: YAMLNode {
        let method: [(String, YAMLNode)] =
            switch self.method {
            case .sgd(let momentum, let nesterov):
                [("name", .text("sgd")), ("momentum", .number(momentum)), ("nesterov", .boolean(nesterov))]
            case .adam(let beta1, let beta2, let epsilon): Self.node("adam", beta1, beta2, epsilon)
            case .adamW(let beta1, let beta2, let epsilon): Self.node("adamw", beta1, beta2, epsilon)
            }
        let clip = gradientClip.map { [("gradient_clip", YAMLNode.number($0))] } ?? []
        return .map(method + [("weight_decay", .number(weightDecay))] + clip)
    }

    private static func node(
        _ name: String, _ beta1: Double, _ beta2: Double, _ epsilon: Double
    ) -> [(String, YAMLNode)] {
        [("name", .text(name)), ("betas", .list([.number(beta1), .number(beta2)])), ("epsilon", .number(epsilon))]
    }
}

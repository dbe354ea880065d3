// Stands in for types of lower modules until they are there.

package enum BatchNormMode: String, Sendable { case frozen, adapt }
package enum ResizeMode: String, CaseIterable, Sendable { case crop, squash, letterbox }

package struct OptimizerConfiguration: Hashable, Sendable {
    package enum Method: Hashable, Sendable {
        case sgd(momentum: Double = 0.9, nesterov: Bool = false)
        case adam(beta1: Double = 0.9, beta2: Double = 0.999, epsilon: Double = 1e-8)
        case adamW(beta1: Double = 0.9, beta2: Double = 0.999, epsilon: Double = 1e-8)
    }
    package var method: Method
    package var weightDecay: Double
    package var gradientClip: Double?
    package init(_ method: Method, weightDecay: Double = 0, gradientClip: Double? = nil) {
        self.method = method
        self.weightDecay = weightDecay
        self.gradientClip = gradientClip
    }
}

package struct ScheduleConfiguration: Hashable, Sendable {
    package enum Shape: Hashable, Sendable {
        case constant
        case step(epochs: Int, factor: Double)
        case cosine(minimum: Double = 0)
        case oneCycle(rise: Double = 0.3, initialDivisor: Double = 25, finalDivisor: Double = 1e4)
    }
    package var shape: Shape
    package var warmUpEpochs: Double
    package init(_ shape: Shape = .constant, warmUpEpochs: Double = 0) {
        self.shape = shape
        self.warmUpEpochs = warmUpEpochs
    }
}

/// One augmentation with its settings.
package struct AugmentationStep: Hashable, Sendable {
    package var name: String

    static func list(reading section: Section) -> [AugmentationStep]? {
        section.items("augment", expected: "a list of augmentations")?.map { _ in AugmentationStep(name: "") }
    }
    var node: YAMLNode { .text(name) }
}

/// Which optimiser moves the weights, and how.
///
/// Learning rates belong to the stages. Weight decay acts on the weights of convolutions and linear layers only: never on
/// biases, scales and shifts.
package struct OptimizerConfiguration: Hashable, Sendable {
    package enum Method: Hashable, Sendable {
        /// Stochastic gradient descent; `momentum` in `0..<1`. Nesterov's form looks one step ahead and needs momentum.
        case sgd(momentum: Double = 0.9, nesterov: Bool = false)
        /// Adam (Kingma and Ba 2014); weight decay is added to the gradient.
        case adam(beta1: Double = 0.9, beta2: Double = 0.999, epsilon: Double = 1e-8)
        /// Adam with decoupled weight decay (Loshchilov and Hutter 2017).
        case adamW(beta1: Double = 0.9, beta2: Double = 0.999, epsilon: Double = 1e-8)
    }

    package var method: Method
    package var weightDecay: Double
    /// The largest norm of all gradients together; longer ones are scaled down to it. nil: never.
    package var gradientClip: Double?

    package init(_ method: Method, weightDecay: Double = 0, gradientClip: Double? = nil) {
        self.method = method
        self.weightDecay = weightDecay
        self.gradientClip = gradientClip
    }
}

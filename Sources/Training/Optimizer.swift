import Foundation
import Kernels
import Networks

/// The gradient of one parameter, in the parameter's layout.
package struct ParameterGradient {
    package let name: String
    package let values: UnsafeBufferPointer<Float>

    package init(name: String, values: UnsafeBufferPointer<Float>) {
        self.name = name
        self.values = values
    }
}

/// Moves the trainable parameters of a store against their gradients, with PyTorch's formulas.
///
/// One pass over each parameter reads and writes weight and moments. Results depend on nothing but the gradients, the
/// learning rates and the state.
package final class Optimizer {
    package let configuration: OptimizerConfiguration
    /// How many steps have been made.
    package private(set) var stepCount = 0
    private var states: [State]
    private let positions: [String: Int]

    private struct State {
        let description: ParameterDescription
        let weight: UnsafeMutableBufferPointer<Float>
        /// The velocity of gradient descent, or Adam's first moment; empty without momentum.
        var first: [Float]
        /// Adam's second moment; empty otherwise.
        var second: [Float]
    }

    /// Begins with all moments zero.
    ///
    /// - Parameter stages: whose parameters move; running statistics never do.
    package init(_ configuration: OptimizerConfiguration, store: ParameterStore, stages: Set<String>) {
        self.configuration = configuration
        let (hasFirst, hasSecond) = configuration.method.moments
        states = store.descriptions.filter { stages.contains($0.stage) && !$0.isStatistic }.map { description in
            let weight = store[description.name]
            return State(
                description: description, weight: weight,
                first: hasFirst ? Array(repeating: 0, count: weight.count) : [],
                second: hasSecond ? Array(repeating: 0, count: weight.count) : [])
        }
        positions = Dictionary(uniqueKeysWithValues: states.enumerated().map { ($1.description.name, $0) })
    }

    /// One step.
    ///
    /// - Parameters:
    ///   - gradients: of this optimiser's parameters; those left out stay where they are.
    ///   - learningRates: of each stage that has a gradient.
    /// - Returns: the norm of all gradients together before clipping, or nil where nothing is clipped.
    @discardableResult
    package func step(_ gradients: [ParameterGradient], learningRates: [String: Double]) -> Double? {
        stepCount += 1
        let norm = configuration.gradientClip.map { _ in Self.norm(gradients) }
        var scale = 1.0
        if let norm, let limit = configuration.gradientClip { scale = min(limit / (norm + 1e-6), 1) }
        for gradient in gradients {
            guard let position = positions[gradient.name] else {
                preconditionFailure("\(gradient.name) is no parameter of this optimiser")
            }
            guard let rate = learningRates[states[position].description.stage] else {
                preconditionFailure("stage \(states[position].description.stage) has no learning rate")
            }
            precondition(gradient.values.count == states[position].weight.count, "\(gradient.name) changed its size")
            move(&states[position], gradient.values, learningRate: rate, gradientScale: scale)
        }
        return norm
    }

    /// The Euclidean norm of all gradients together, summed in their order.
    package static func norm(_ gradients: [ParameterGradient]) -> Double {
        gradients.reduce(0) { $0 + kernel_sum_of_squares($1.values.baseAddress, $1.values.count) }.squareRoot()
    }

    private func move(
        _ state: inout State, _ gradient: UnsafeBufferPointer<Float>, learningRate: Double, gradientScale: Double
    ) {
        let decay = state.description.decays ? configuration.weightDecay : 0
        let count = state.weight.count
        switch configuration.method {
        case .sgd(let momentum, let nesterov):
            var step = sgd_step(
                learning_rate: Float(learningRate), momentum: Float(momentum), decay: Float(decay),
                gradient_scale: Float(gradientScale), nesterov: nesterov)
            state.first.withUnsafeMutableBufferPointer { velocity in
                kernel_sgd(
                    state.weight.baseAddress, gradient.baseAddress, velocity.isEmpty ? nil : velocity.baseAddress,
                    count, &step)
            }
        case .adam(let beta1, let beta2, let epsilon), .adamW(let beta1, let beta2, let epsilon):
            let isDecoupled = configuration.method.isDecoupled
            let firstCorrection = 1 - pow(beta1, Double(stepCount))
            let secondCorrection = 1 - pow(beta2, Double(stepCount))
            var step = adam_step(
                step_size: Float(learningRate / firstCorrection), beta2: Float(beta2),
                one_minus_beta1: Float(1 - beta1), one_minus_beta2: Float(1 - beta2),
                second_correction: Float(secondCorrection.squareRoot()), epsilon: Float(epsilon),
                decay: isDecoupled ? 0 : Float(decay), keep: isDecoupled ? Float(1 - learningRate * decay) : 1,
                gradient_scale: Float(gradientScale))
            state.first.withUnsafeMutableBufferPointer { first in
                state.second.withUnsafeMutableBufferPointer { second in
                    kernel_adam(
                        state.weight.baseAddress, gradient.baseAddress, first.baseAddress, second.baseAddress, count,
                        &step)
                }
            }
        }
    }
}

extension OptimizerConfiguration.Method {
    /// Which moments the method keeps.
    var moments: (first: Bool, second: Bool) {
        switch self {
        case .sgd(let momentum, _): (momentum != 0, false)
        case .adam, .adamW: (true, true)
        }
    }

    fileprivate var isDecoupled: Bool {
        if case .adamW = self { return true }
        return false
    }
}

// What a checkpoint keeps.
extension Optimizer {
    /// The moments of every parameter that has any, in the network's order: `first/<name>` and `second/<name>`.
    package var moments: [(name: String, shape: [Int], values: [Float])] {
        states.flatMap { state in
            [("first", state.first), ("second", state.second)].compactMap { kind, values in
                values.isEmpty ? nil : ("\(kind)/\(state.description.name)", state.description.shape, values)
            }
        }
    }

    /// Takes up a state where it was left.
    ///
    /// - Parameter moments: gives the moment of a name that `moments` has.
    /// - Throws: what `moments` throws.
    package func restore(stepCount: Int, moments: (_ name: String, _ count: Int) throws -> [Float]) throws {
        for index in states.indices {
            let name = states[index].description.name
            let count = states[index].weight.count
            if !states[index].first.isEmpty { states[index].first = try moments("first/\(name)", count) }
            if !states[index].second.isEmpty { states[index].second = try moments("second/\(name)", count) }
        }
        self.stepCount = stepCount
    }
}

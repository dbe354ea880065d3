import Datasets
import Engine
import Networks
import Tasks
import TestSupport
import Testing
import Training

/// Whole training steps, forward, loss, backward and optimiser, against PyTorch's.
@Suite struct PyTorchParityTests {
    private struct Golden: Decodable {
        let labels: [[Int]]
        let runs: [Run]

        struct Run: Decodable, Sendable {
            let optimizer, batchNorm: String
            let learningRate, weightDecay: Double
            let epsilon: Double?
            let losses: [Double]
        }
    }

    @Test func tenStepsOfAResNet18GiveTheSameLosses() throws {
        let golden: Golden = try readJSON("training/runs.json")
        #expect(golden.runs.count == 4)
        let batches = (0..<2).map { batch in
            formula("pixels\(batch)", count: 4 * 64 * 64 * 3, low: 0, high: 256).map { UInt8($0) }
        }
        for run in golden.runs {
            let computation = try makeComputation(run)
            for (step, expected) in run.losses.enumerated() {
                let loss = try computation.step(
                    input: batches[step % 2], targets: golden.labels[step % 2].map(Target.category), number: step,
                    learningRates: ["stem", "layer1", "layer2", "layer3", "layer4", "head"].reduce(into: [:]) {
                        $0[$1] = run.learningRate
                    })
                #expect(
                    abs(loss.mean - expected) <= 1e-4,
                    "\(run.optimizer) \(run.batchNorm) step \(step): \(loss.mean) for \(expected)")
            }
        }
    }

    private func makeComputation(_ run: Golden.Run) throws -> StageComputation {
        let network = Architecture.resNet18.network(.init(classCount: 6))
        let store = ParameterStore(network)
        FormulaWeights.fill(store)
        let method: OptimizerConfiguration.Method =
            run.optimizer == "sgd" ? .sgd() : .adamW(epsilon: try #require(run.epsilon))
        return try StageComputation(
            network: network, parameters: store, preprocessing: .torch,
            configuration: .init(
                batch: 4, height: 64, width: 64, trainableStages: Set(network.trainableStageNames),
                batchNorm: try #require(BatchNormMode(rawValue: run.batchNorm))),
            loss: SoftmaxCrossEntropy(classCount: 6, labelSmoothing: 0.1),
            optimizer: .init(method, weightDecay: run.weightDecay))
    }
}

import Engine
import Networks
import Testing
import Training

@Suite struct MemoryForecastTests {
    private func forecast(_ stages: Set<String>, _ optimizer: OptimizerConfiguration.Method) throws -> [String: Int] {
        let forecast = try MemoryForecast(
            Architecture.resNet20.network(.init(classCount: 10)),
            .init(batch: 64, height: 32, width: 32, trainableStages: stages), OptimizerConfiguration(optimizer),
            programBytes: 123)
        #expect(forecast.bytes == forecast.parts.reduce(0) { $0 + $1.bytes })
        return Dictionary(uniqueKeysWithValues: forecast.parts)
    }

    /// ResNet-20 has 269,722 numbers that learn and 1,376 that do not; 650 of them are the head's.
    @Test func countsWhatTrainingHolds() throws {
        let head = try forecast(["head"], .adamW())
        #expect(head["program"] == 123)
        #expect(head["weights"] == 4 * (269_722 + 1_376))
        #expect(head["optimiser"] == 2 * 4 * 650)
        #expect(head["best weights"] == 4 * 650)
        #expect(head["checkpoint while it is written"] == 4 * (269_722 + 1_376 + 3 * 650))
        #expect(head["images in flight"] == 8 * 64 * 32 * 32 * 3)
        #expect(try forecast(["head"], .sgd(momentum: 0))["optimiser"] == 0)

        let all = try forecast(["stem", "layer1", "layer2", "layer3", "head"], .sgd())
        #expect(all["optimiser"] == 4 * 269_722)
        let activations = "activations, gradients and packed weights"
        // The feature maps of 19 convolutions of 64 images are kept.
        let kept = 4 * 64 * (7 * 32 * 32 * 16 + 6 * 16 * 16 * 32 + 6 * 8 * 8 * 64)
        let bytes = try #require(all[activations])
        #expect(bytes > kept && bytes < 2 * kept)
        #expect((head[activations] ?? 0) < bytes / 3)
    }
}

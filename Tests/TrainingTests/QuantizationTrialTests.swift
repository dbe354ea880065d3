import Engine
import Pretrained
import Testing
import Training

@Suite(.enabled(if: Quantization.isSupported, "needs VNNI")) struct QuantizationTrialTests {
    private let images: TinyImages

    init() throws { images = try TinyImages() }

    private func run() throws -> SmallRun {
        var run = try SmallRun(images)
        run.configuration.triesQuantization = true
        return run
    }

    private func trials(_ recorder: Recorder) -> [QuantizationTrial] {
        recorder.events.compactMap { if case .triedQuantization(_, let trial) = $0 { trial } else { nil } }
    }

    @Test func eachStageIsTriedAndTrainedOnIntegers() throws {
        let recorder = Recorder()
        let quantized = try run()
        let (result, model) = try quantized.run(observer: recorder)
        #expect(trials(recorder).map(\.isPassed) == [true, true])
        #expect(trials(recorder).allSatisfy { $0.imageCount == 9 && $0.reference > 0.6 })
        let exact = try SmallRun(images)
        let (_, exactModel) = try exact.run()
        #expect(bits(model) != bits(exactModel))
        #expect(result.records.count == 4)
    }

    @Test(arguments: [[3], [9, 14]]) func resumedRunsEqualUninterruptedOnes(questions: [Int]) throws {
        let whole = try run()
        let finished = try whole.run()
        let expected = try Outcome(whole, finished.result, finished.model)
        let run = try run()
        for (index, question) in questions.enumerated() {
            let part = try run.run(resuming: index > 0, isInterrupted: interruption(atQuestion: question)).result
            #expect(part.ending == .interrupted)
        }
        let (result, model) = try run.run(resuming: true)
        #expect(try Outcome(run, result, model) == expected)
    }

    @Test func nothingIsComputedInIntegersWhereThatCostsAccuracy() throws {
        let run = try run()
        /// One channel so large that all others round to nothing beside it.
        func model() -> Model {
            let model = run.makeModel()
            model.parameters["stem.norm.shift"][0] = 1e4
            return model
        }
        let recorder = Recorder()
        let quantized = try run.run(model: model(), observer: recorder)
        let trials = trials(recorder)
        #expect(trials.map(\.isPassed) == [false, false], "\(trials)")
        var plain = try SmallRun(images)
        plain.configuration.triesQuantization = false
        let exact = try plain.run(model: model())
        #expect(bits(quantized.model) == bits(exact.model))
    }

    @Test func withoutValidationImagesThereIsNoTrial() throws {
        var run = try run()
        run.validation = []
        let recorder = Recorder()
        try run.run(observer: recorder)
        #expect(trials(recorder).isEmpty)
        let notices = recorder.events.compactMap { if case .notice(let text) = $0 { text } else { nil } }
        #expect(notices.contains("stage head: f32 instead of int8: there are no validation images to try it on"))
    }
}

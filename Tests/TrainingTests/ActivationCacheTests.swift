import Foundation
import TestSupport
import Testing
import Training

@Suite(.serialized) struct ActivationCacheTests {
    private let images: TinyImages

    init() throws { images = try TinyImages() }

    /// Three stages: the head, the head again, and a deeper one.
    private func makeRun(views: Int?, augments: Bool = true) throws -> SmallRun {
        var run = try SmallRun(images)
        var second = run.configuration.stages[0]
        second.name = "again"
        run.configuration.stages.insert(second, at: 1)
        run.configuration.stages[2].epochs = 3
        run.configuration.views = views
        if !augments { run.configuration.augmentations = [] }
        return run
    }

    /// 64 numbers of 4 bytes for each image before the head, 8·8·32 of them before `layer3`.
    private static let headBytes = 64 * 4
    private static let layerBytes = 8 * 8 * 32 * 4

    @Test(
        arguments: [(nil, true), (2, true), (1, true), (nil, false)] as [(Int?, Bool)],
        [7 * headBytes, 11 * layerBytes + 5, 1 << 30])
    func cachesOfAnySizeLeaveEveryBitAsItIs(_ kind: (views: Int?, augments: Bool), _ bytes: Int) throws {
        let without = try makeRun(views: kind.views, augments: kind.augments)
        let plain = try without.run()
        let with = try makeRun(views: kind.views, augments: kind.augments)
        let cached = try with.run(cacheBytes: bytes)
        #expect(
            try Outcome(with, cached.result, cached.model) == Outcome(without, plain.result, plain.model))
    }

    @Test(arguments: [[2], [7, 4], [9, 3, 1]]) func interruptedRunsEqualUninterruptedOnes(questions: [Int]) throws {
        let whole = try makeRun(views: 2)
        let expected = try whole.run(cacheBytes: 1 << 30)
        let run = try makeRun(views: 2)
        for (index, question) in questions.enumerated() {
            _ = try run.run(
                resuming: index > 0, cacheBytes: 9 * Self.layerBytes, isInterrupted: interruption(atQuestion: question))
        }
        let resumed = try run.run(resuming: true, cacheBytes: 9 * Self.layerBytes)
        #expect(
            try Outcome(run, resumed.result, resumed.model) == Outcome(whole, expected.result, expected.model))
    }

    private func stages(_ run: SmallRun, cacheBytes: Int) throws -> [StageSummary] {
        let recorder = Recorder()
        try run.run(observer: recorder, cacheBytes: cacheBytes)
        return recorder.events.compactMap {
            if case .stageEnded(let summary) = $0 { summary } else { nil }
        }
    }

    /// There are 22 images to train on and 9 that validate; stages of 2, 2 and 3 epochs.
    @Test func eachViewIsComputedOnce() throws {
        let once = try stages(makeRun(views: nil, augments: false), cacheBytes: 1 << 30)
        #expect(once.map(\.computedImages) == [31, 0, 31])
        #expect(once.map(\.keptImages) == [31, 62, 62])
        let twice = try stages(makeRun(views: 2), cacheBytes: 1 << 30)
        #expect(twice.map(\.computedImages) == [22 * 2 + 9, 0, 22 * 2 + 9])
        let unlimited = try stages(makeRun(views: nil), cacheBytes: 1 << 30)
        #expect(unlimited.map(\.computedImages) == [22 * 2 + 9, 22 * 2, 22 * 3 + 9])
        let partly = try stages(makeRun(views: nil, augments: false), cacheBytes: 10 * Self.layerBytes)
        #expect(partly.map(\.computedImages) == [31, 0, 31 * 3 - 20])
        let never = try stages(makeRun(views: 1), cacheBytes: 0)
        #expect(never.map(\.keptImages) == [0, 0, 0])
    }

    /// The prefix of a stage is other weights where an earlier stage has trained them.
    @Test func trainedWeightsDropWhatWasKept() throws {
        var run = try makeRun(views: nil, augments: false)
        run.configuration.stages.swapAt(1, 2)
        var plain = try makeRun(views: nil, augments: false)
        plain.configuration.stages.swapAt(1, 2)
        let cached = try run.run(cacheBytes: 1 << 30)
        let expected = try plain.run()
        #expect(try Outcome(run, cached.result, cached.model) == Outcome(plain, expected.result, expected.model))
        #expect(try stages(run, cacheBytes: 1 << 30).map(\.computedImages) == [31, 31, 31])
    }

    @Test func whatIsKeptIsAnnounced() throws {
        let recorder = Recorder()
        try makeRun(views: 3).run(observer: recorder, cacheBytes: 1 << 20)
        let kept = recorder.events.compactMap { event in
            if case .stageBegan(let outline) = event { outline.kept } else { nil }
        }
        #expect(kept.map(\.stage) == ["pool", "pool", "layer2"])
        #expect(kept.map(\.bytesPerImage) == [Self.headBytes, Self.headBytes, Self.layerBytes])
        #expect(kept.map(\.imageCount) == [75, 75, 75])
        #expect(kept.allSatisfy { $0.includesTraining && $0.budgetBytes == 1 << 20 })
    }
}

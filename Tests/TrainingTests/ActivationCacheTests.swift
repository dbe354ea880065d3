import Files
import Foundation
import Pretrained
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

    private func stages(
        _ run: SmallRun, cacheBytes: Int, disk: ActivationCache.Disk? = nil
    ) throws -> [StageSummary] {
        let recorder = Recorder()
        try run.run(observer: recorder, cacheBytes: cacheBytes, disk: disk)
        return recorder.events.compactMap {
            if case .stageEnded(let summary) = $0 { summary } else { nil }
        }
    }

    /// There are 22 images to train on and 9 that validate; stages of 2, 2 and 3 epochs.
    @Test func eachViewIsComputedOnce() throws {
        let once = try stages(makeRun(views: nil, augments: false), cacheBytes: 1 << 30)
        #expect(once.map(\.computedImages) == [31, 0, 31])
        #expect(once.map(\.kept.fromMemory) == [31, 62, 62])
        let twice = try stages(makeRun(views: 2), cacheBytes: 1 << 30)
        #expect(twice.map(\.computedImages) == [22 * 2 + 9, 0, 22 * 2 + 9])
        let unlimited = try stages(makeRun(views: nil), cacheBytes: 1 << 30)
        #expect(unlimited.map(\.computedImages) == [22 * 2 + 9, 22 * 2, 22 * 3 + 9])
        let partly = try stages(makeRun(views: nil, augments: false), cacheBytes: 10 * Self.layerBytes)
        #expect(partly.map(\.computedImages) == [31, 0, 31 * 3 - 20])
        let never = try stages(makeRun(views: 1), cacheBytes: 0)
        #expect(never.allSatisfy { $0.kept.fromMemory + $0.kept.fromDisk == 0 })
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

/// What is kept in files.
@Suite(.serialized) struct ActivationFileTests {
    private let images: TinyImages
    private let folder: TemporaryFolder

    init() throws {
        images = try TinyImages()
        folder = try TemporaryFolder()
    }

    private var disk: ActivationCache.Disk { .init(directory: folder.path, budgetBytes: 1 << 30) }

    /// A stage of the head, in two views, and a deeper one.
    private func makeRun() throws -> SmallRun {
        var run = try SmallRun(images)
        run.configuration.views = 2
        return run
    }

    /// Runs with the files there are: what the run leaves, its stages, and what it had to say.
    private func run(
        cacheBytes: Int = 0, disk: ActivationCache.Disk? = nil
    ) throws -> (outcome: Outcome, stages: [StageSummary], notices: [String]) {
        let run = try makeRun()
        let recorder = Recorder()
        let (result, model) = try run.run(observer: recorder, cacheBytes: cacheBytes, disk: disk ?? self.disk)
        var stages: [StageSummary] = []
        var notices: [String] = []
        for event in recorder.events {
            if case .stageEnded(let stage) = event { stages.append(stage) }
            if case .notice(let text) = event { notices.append(text) }
        }
        return (try Outcome(run, result, model), stages, notices)
    }

    private func expectedOutcome() throws -> Outcome {
        let run = try makeRun()
        let (result, model) = try run.run()
        return try Outcome(run, result, model)
    }

    private func files() throws -> [String] {
        try FileManager.default.contentsOfDirectory(atPath: folder.path).sorted().map { folder.path + "/" + $0 }
    }

    /// 22 images in two views and 9 as they are.
    private static let wanted = 22 * 2 + 9

    @Test(arguments: [0, 30 * 256, 1 << 30]) func aLaterRunFindsThem(cacheBytes: Int) throws {
        let expected = try expectedOutcome()
        let first = try run(cacheBytes: cacheBytes)
        #expect(first.outcome == expected)
        #expect(first.stages.map(\.computedImages) == [Self.wanted, Self.wanted])
        let second = try run(cacheBytes: cacheBytes)
        #expect(second.outcome == expected)
        // The head has learnt, but what is in front of `layer3` is the same again.
        #expect(second.stages.map(\.computedImages) == [0, 0])
        #expect(second.stages[0].kept.fromDisk >= Self.wanted)
        #expect(try files().count == 2)
    }

    /// Equal weights do not make equal networks: a ResNet's forms differ in strides, and epsilons do.
    @Test func anotherNetworkWithTheSameWeightsFindsNothing() throws {
        _ = try run()
        let other = try makeRun()
        func model() -> Model {
            var options = SmallRun.options
            options.batchNormEpsilon = 0.5
            let model = Model(
                architecture: .resNet20, options: options, preprocessing: .torch, imageSize: 16, resize: .squash,
                classNames: TinyImages.classNames)
            model.initialize(seed: 3)
            return model
        }
        let recorder = Recorder()
        let (result, kept) = try other.run(model: model(), observer: recorder, disk: disk)
        let (expected, plain) = try makeRun().run(model: model())
        #expect(bits(kept) == bits(plain) && result.records.map(\.valLoss) == expected.records.map(\.valLoss))
        let computed = recorder.events.compactMap { event -> Int? in
            if case .stageEnded(let stage) = event { stage.computedImages } else { nil }
        }
        #expect(computed == [Self.wanted, Self.wanted])
    }

    @Test func damagedAndStrangeFilesAreMadeAnew() throws {
        let expected = try expectedOutcome()
        _ = try run()
        let sizes = try files().map { try Data(contentsOf: URL(fileURLWithPath: $0)).count }
        /// Each changes a file of about 53 entries.
        let damages: [(Data) -> Data] = [
            { Data($0.enumerated().map { $0 % 1000 == 700 ? $1 ^ 1 : $1 }) },  // bits all over
            { $0.prefix($0.count / 2 + 13) },  // cut within an entry
            { _ in Data() }, { _ in Data("something else".utf8) },
            { Data("finetune activations 9".utf8) + $0.dropFirst(22) },  // another version
        ]
        for damage in damages {
            for file in try files() {
                let url = URL(fileURLWithPath: file)
                try damage(Data(contentsOf: url)).write(to: url)
            }
            let again = try run()
            #expect(again.outcome == expected)
            #expect(again.stages.allSatisfy { $0.computedImages > 0 })
        }
        #expect(try files().count == 2)
        #expect(try run().stages.map(\.computedImages) == [0, 0])
        let now = try files().map { try Data(contentsOf: URL(fileURLWithPath: $0)).count }
        #expect(zip(now, sizes).allSatisfy { $0 <= 2 * $1 })
    }

    @Test func filesOfOtherKeysGiveWayOldestFirst() throws {
        let old = folder.path + "/old.activations"
        let other = folder.path + "/notes.txt"
        try Data(count: 1 << 20).write(to: URL(fileURLWithPath: old))
        try Data(count: 1 << 20).write(to: URL(fileURLWithPath: other))
        try FileManager.default.setAttributes([.modificationDate: Date(timeIntervalSince1970: 1)], ofItemAtPath: old)
        let small = ActivationCache.Disk(directory: folder.path, budgetBytes: 1 << 20)
        #expect(try run(disk: small).outcome == expectedOutcome())
        #expect(!FileManager.default.fileExists(atPath: old))
        #expect(FileManager.default.fileExists(atPath: other))
        let tiny = ActivationCache.Disk(directory: folder.path, budgetBytes: 1000)
        #expect(try run(disk: tiny).outcome == expectedOutcome())
    }

    @Test func aFileInUseIsLeftAlone() throws {
        _ = try run()
        let locks = try files().map { open($0, O_RDWR) }
        defer { for lock in locks { close(lock) } }
        for lock in locks { #expect(flock(lock, LOCK_EX | LOCK_NB) == 0) }
        let again = try run()
        #expect(again.outcome == (try expectedOutcome()))
        #expect(again.stages.map(\.computedImages) == [22 * 2 + 9 * 2, 22 * 2 + 9 * 2])
        #expect(
            again.notices == Array(repeating: "nothing is kept in \(folder.path): another run is using it", count: 2))
    }

    /// Two runs with other weights and one small budget: the second makes room, but not of what the first is writing.
    @Test func whatAnotherRunWritesIsNoRoomToMake() throws {
        let small = ActivationCache.Disk(directory: folder.path, budgetBytes: 20_000)
        let path = images.training[0].path
        func fill(_ cache: ActivationCache, _ key: String) throws -> String? {
            let refusal = try cache.begin(
                key: String(repeating: key, count: 64), views: "", entryBytes: 3000, wantedEntries: 6
            ) { .init(.file(path), drawnFrom: "\($0.sample)") }
            for sample in 0..<5 {
                [UInt8](repeating: UInt8(sample), count: 3000).withUnsafeBytes {
                    cache.insert($0, for: .init(role: .training, sample: sample, number: 0))
                }
            }
            return refusal
        }
        func holds(_ cache: ActivationCache) -> Int {
            (0..<5).count { cache.take(.init(role: .training, sample: $0, number: 0)) != nil }
        }
        do {
            let (first, second) = (ActivationCache(disk: small), ActivationCache(disk: small))
            #expect(try fill(first, "a") == nil)
            #expect(try fill(second, "b") == nil)
            #expect(holds(first) == 5 && holds(second) < 5)
            #expect(try files().count == 2)
        }
        let third = ActivationCache(disk: small)
        #expect(try fill(third, "c") == nil)
        #expect(holds(third) == 5, "nobody uses the others any more")
        #expect(try files().count == 1)
    }

    @Test func aDiskSlowerThanComputingIsLeftAlone() throws {
        let cache = ActivationCache(disk: disk)
        let paths = images.training.map(\.path)
        let refusal = try cache.begin(
            key: String(repeating: "k", count: 64), views: "", entryBytes: 24, wantedEntries: 70
        ) {
            .init(.file(paths[$0.sample % paths.count]), drawnFrom: "\($0.sample)")
        }
        #expect(refusal == nil)
        let views = (0..<70).map { ActivationCache.View(role: .training, sample: $0, number: 0) }
        for (index, view) in views.enumerated() {
            [UInt8](repeating: UInt8(index), count: 24).withUnsafeBytes { cache.insert($0, for: view) }
        }
        cache.secondsToCompute = 3600
        for (index, view) in views.enumerated() {
            #expect(cache.contains(view))
            #expect(cache.take(view).map(Array.init) == [UInt8](repeating: UInt8(index), count: 24))
        }
        #expect(!cache.isDiskSlow)
        cache.secondsToCompute = 0
        #expect(cache.isDiskSlow)
        #expect(!views.contains(where: cache.contains))
    }

    @Test func aFolderThatCannotBeUsedIsAnError() throws {
        let missing = ActivationCache.Disk(directory: folder.path + "/none", budgetBytes: 1 << 20)
        let error = #expect(throws: TrainingError.self) { try makeRun().run(disk: missing) }
        #expect(error?.description.contains("cannot be used as a cache: No such file or directory") == true)
        #expect(error?.kind == .failure)
    }
}

import Datasets
import Foundation
import Images
import Tensors
import Testing

@Suite(.serialized) struct BatchLoaderTests {
    let tree: DataTree
    let samples: [Sample]

    init() throws {
        tree = try DataTree()
        for i in 0..<50 { try tree.writeImage("\(i % 3)/\(i).png", number: i, width: 10 + i % 4, height: 12) }
        samples = try ImageSet(scanning: tree.path).samples
    }

    private var configuration: BatchLoader.Configuration {
        .init(
            batchSize: 8, side: 8, resize: .crop, augmentations: [.horizontalFlip(p: 0.5)], shuffles: true, seed: 7,
            epoch: 2)
    }

    private func batches(_ configuration: BatchLoader.Configuration, cache: ImageCache = ImageCache()) throws -> [Batch]
    {
        let loader = BatchLoader(samples: samples, configuration: configuration, cache: cache)
        var batches: [Batch] = []
        while let batch = try loader.next() { batches.append(batch) }
        #expect(try loader.next() == nil)
        return batches
    }

    @Test func everySampleComesOnceAndTheLastBatchIsPartial() throws {
        let batches = try batches(configuration)
        #expect(batches.map(\.count) == [8, 8, 8, 8, 8, 8, 2])
        #expect(batches.map(\.endPosition) == [8, 16, 24, 32, 40, 48, 50])
        #expect(batches.flatMap(\.indices).sorted() == Array(0..<50))
        for batch in batches {
            #expect(batch.pixels.count == batch.count * 8 * 8 * 3)
            #expect(batch.targets == batch.indices.map { samples[$0].target })
        }
    }

    @Test func withoutAugmentationImagesAreFittedInOrder() throws {
        var plain = configuration
        plain.augmentations = []
        plain.shuffles = false
        let batches = try batches(plain)
        #expect(batches.flatMap(\.indices) == Array(0..<50))
        let expected = try samples.flatMap { try Image(contentsOf: $0.path).fitted(to: 8, .crop).pixels }
        #expect(batches.flatMap(\.pixels) == expected)
    }

    @Test func augmentationBelongsToSeedEpochAndSample() throws {
        let batches = try batches(configuration)
        for batch in batches {
            for (row, index) in batch.indices.enumerated() {
                var stream = RandomStream(seed: 7, purpose: .augmentation, epoch: 2, sample: index)
                let expected = [Augmentation.horizontalFlip(p: 0.5)].applied(
                    to: try Image(contentsOf: samples[index].path), side: 8, resize: .crop, using: &stream)
                #expect(Array(batch.pixels[row * 192..<(row + 1) * 192]) == expected.pixels)
            }
        }
    }

    @Test(arguments: [1, 4], [1, 3])
    func threadsPrefetchAndCacheChangeNothing(_ threads: Int, _ prefetched: Int) throws {
        let expected = try batches(configuration)
        var other = configuration
        other.threadCount = threads
        other.prefetchedBatches = prefetched
        for cache in [ImageCache(), ImageCache(budgetBytes: 3000), ImageCache(budgetBytes: 1 << 20)] {
            for _ in 0..<2 {
                let batches = try batches(other, cache: cache)
                #expect(batches.map(\.indices) == expected.map(\.indices))
                #expect(batches.map(\.pixels) == expected.map(\.pixels))
            }
        }
    }

    @Test func anEpochResumesAnywhere() throws {
        let whole = try batches(configuration)
        for k in [1, 3, 6, 7] {
            var resumed = configuration
            resumed.startPosition = k * 8
            let rest = try batches(resumed)
            #expect(rest.map(\.indices) == whole.dropFirst(k).map(\.indices))
            #expect(rest.map(\.pixels) == whole.dropFirst(k).map(\.pixels))
        }
    }

    @Test(arguments: [1, 4]) func badImagesAreSkippedAndBatchesStayFull(_ threads: Int) throws {
        let bad: Set = [0, 7, 20, 21, 49]
        for index in bad { try Data("no image".utf8).write(to: URL(fileURLWithPath: samples[index].path)) }
        var configuration = configuration
        configuration.threadCount = threads
        let batches = try batches(configuration)
        #expect(batches.map(\.count) == [8, 8, 8, 8, 8, 5])
        let order = RandomStream.order(count: 50, seed: 7, epoch: 2)
        #expect(batches.flatMap(\.indices) == order.filter { !bad.contains($0) })
        let listed = batches.flatMap(\.bad)
        #expect(listed.map(\.path) == order.filter(bad.contains).map { samples[$0].path })
        configuration.startPosition = batches[2].endPosition
        let rest = try self.batches(configuration)
        #expect(rest.map(\.indices) == batches.dropFirst(3).map(\.indices))
    }

    @Test func imagesWithoutPixelsKeepTheirPlaces() throws {
        let all = try batches(configuration)
        let known: Set<Int> = [0, 3, 7, 20, 21, 22, 49]
        // What is not wanted is not looked at.
        for index in known { try FileManager.default.removeItem(atPath: samples[index].path) }
        let loader = BatchLoader(samples: samples, configuration: configuration) { !known.contains($0) }
        for batch in all {
            let sparse = try #require(try loader.next())
            #expect(sparse.indices == batch.indices)
            #expect(sparse.targets == batch.targets)
            #expect(sparse.endPosition == batch.endPosition)
            #expect(sparse.withoutPixels == batch.indices.indices.filter { known.contains(batch.indices[$0]) })
            let wanted = batch.indices.indices.filter { !known.contains(batch.indices[$0]) }
            #expect(sparse.pixels == wanted.flatMap { batch.pixels[$0 * 192..<($0 + 1) * 192] })
        }
        #expect(try loader.next() == nil)
        #expect(loader.badImages.isEmpty)
    }

    @Test func aViewTakesThePlaceOfTheEpochInAugmentation() throws {
        var other = configuration
        (other.epoch, other.view, other.shuffles) = (5, 2, false)
        var same = configuration
        same.shuffles = false
        #expect(try batches(other).map(\.pixels) == batches(same).map(\.pixels))
        other.view = 3
        #expect(try batches(other).map(\.pixels) != batches(same).map(\.pixels))
    }

    @Test func badImagesAtTheEndAreListedToo() throws {
        var plain = configuration
        plain.shuffles = false
        for index in 48..<50 { try Data().write(to: URL(fileURLWithPath: samples[index].path)) }
        let loader = BatchLoader(samples: samples, configuration: plain)
        while try loader.next() != nil {}
        #expect(loader.badImages.map(\.path) == samples[48...].map(\.path))
    }

    @Test(arguments: [1, 4]) func badImagesStopTheEpochWhereThatIsThePolicy(_ threads: Int) throws {
        var strict = configuration
        strict.shuffles = false
        strict.badImages = .fail
        strict.threadCount = threads
        for index in [9, 30] { try Data("no image".utf8).write(to: URL(fileURLWithPath: samples[index].path)) }
        let loader = BatchLoader(samples: samples, configuration: strict)
        #expect(try loader.next()?.count == 8)
        let error = #expect(throws: DatasetError.self) { try loader.next() }
        #expect(error?.description.contains("an image cannot be read:\n  \(samples[9].path): ") == true)
        #expect(try loader.next() == nil)
    }

    @Test func anEmptyEpochEnds() throws {
        #expect(try BatchLoader(samples: [], configuration: configuration).next() == nil)
        var late = configuration
        late.startPosition = 1000
        #expect(try batches(late).isEmpty)
    }

    @Test(arguments: [0, 1, 3]) func threadsEndWithTheLoader(_ taken: Int) throws {
        var busy = configuration
        busy.threadCount = 4
        for _ in 0..<20 {
            let loader = BatchLoader(samples: samples, configuration: busy)
            for _ in 0..<taken { _ = try loader.next() }
        }
        let deadline = Date(timeIntervalSinceNow: 10)
        // A thread that starts late bears its name for a moment.
        var quietMoments = 0
        while quietMoments < 20, Date() < deadline {
            quietMoments = loaderThreads().isEmpty ? quietMoments + 1 : 0
            usleep(1000)
        }
        #expect(quietMoments == 20)
    }

    @Test func threadsStandBack() throws {
        var nice = configuration
        nice.prefetchedBatches = 1
        nice.batchSize = 1
        let loader = BatchLoader(samples: samples, configuration: nice)
        _ = try loader.next()
        usleep(50_000)
        let priorities = loaderThreads()
        #expect(!priorities.isEmpty)
        #expect(priorities.allSatisfy { $0 == 10 })
        withExtendedLifetime(loader) {}
    }

    /// The nice values of all loading threads of this process.
    private func loaderThreads() -> [Int] {
        let tasks = (try? FileManager.default.contentsOfDirectory(atPath: "/proc/self/task")) ?? []
        return tasks.compactMap { task in
            guard let text = try? String(contentsOfFile: "/proc/self/task/\(task)/stat", encoding: .utf8),
                text.contains("(image loader)"), let end = text.lastIndex(of: ")")
            else { return nil }
            // Field 19 of proc(5); the 17th after the name.
            return Int(text[end...].split(separator: " ")[17])
        }
    }
}

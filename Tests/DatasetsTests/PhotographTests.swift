import Datasets
import TestSupport
import Testing

/// Real photographs, where they are.
@Suite(.enabled(if: SharedData.isPresent, Comment(rawValue: SharedData.absence)))
struct PhotographTests {
    @Test func scenesAreScannedSplitAndLoaded() throws {
        let folder = "\(SharedData.path)/intel-mini"
        #expect(throws: DatasetError.partsInsteadOfClasses(path: folder, parts: ["test", "train"])) {
            try ImageSet(scanning: folder)
        }
        var dataset = try Dataset(
            train: "\(folder)/train", validation: .fraction(0.1), test: "\(folder)/test", seed: 42)
        #expect(dataset.classNames == ["buildings", "forest", "glacier", "mountain", "sea", "street"])
        #expect(dataset.parts.map(\.samples.count) == [1620, 180, 480])
        #expect(dataset.audit.leaks.allSatisfy { group in group.copies.contains { $0.role == .test } })
        let cache = ImageCache(budgetBytes: 1 << 28)
        let survey = try dataset.survey(.fail, cache: cache)
        #expect(survey.sizes.count == 2280)
        #expect(DataSummary(dataset, survey: survey).widths?.median == 150)
        let loader = BatchLoader(
            samples: dataset[.test], configuration: .init(batchSize: 64, side: 96, resize: .squash), cache: cache)
        var counts: [Int] = []
        while let batch = try loader.next() { counts.append(batch.count) }
        #expect(counts == [64, 64, 64, 64, 64, 64, 64, 32])
    }
}

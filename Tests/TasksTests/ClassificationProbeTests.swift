import Datasets
import Metrics
import Tasks
import TestSupport
import Testing

@Suite struct ClassificationProbeTests {
    /// Three clouds of points, a few of which bear another's label.
    private func clouds(_ name: String, count: Int, wrong: Set<Int> = []) -> LabelledFeatures {
        var images = LabelledFeatures(featureCount: 6)
        var noise = [Float](repeating: 0, count: count * 6)
        noise.withUnsafeMutableBufferPointer { FormulaWeights.fill($0, name: name, low: -1, high: 1) }
        for index in 0..<count {
            var features = Array(noise[index * 6..<(index + 1) * 6])
            features[index % 3] += 2.5
            images.append(
                file: "\(index).png", target: .category(wrong.contains(index) ? (index + 1) % 3 : index % 3),
                features: features)
        }
        return images
    }

    @Test func wrongLabelsAreFound() throws {
        let wrong: Set<Int> = [7, 44, 81]
        let probe = try #require(
            try ClassificationProbe(
                training: clouds("known", count: 90, wrong: wrong), test: nil, classCount: 3, seed: 1))
        #expect(Set(probe.doubtfulLabels.map(\.file)) == Set(wrong.map { "\($0).png" }))
        for image in probe.doubtfulLabels { #expect(image.suggested.map { ($0 + 1) % 3 } == image.label) }
        #expect(!probe.hasTestImages)
        #expect((85...87).contains(probe.regression.count) && probe.regression.total == 90)
        #expect(probe.majority.value < 0.4)
    }

    @Test func testImagesJudge() throws {
        let probe = try #require(
            try ClassificationProbe(
                training: clouds("known", count: 60), test: clouds("others", count: 31), classCount: 3, seed: 1))
        #expect(probe.hasTestImages && probe.imageCount == 60 && probe.featureCount == 6)
        #expect(probe.regression == Proportion(31, of: 31) && probe.neighbours == Proportion(31, of: 31))
        #expect(probe.majority == Proportion(11, of: 31))
        #expect(probe.doubtfulLabels.isEmpty)
        #expect(
            ProbeChoice.strengths.contains(probe.strength) && ProbeChoice.neighbourCounts.contains(probe.neighbourCount)
        )
    }

    @Test func manyClassesAreLeftToTheCommand() {
        #expect(ProbeLimit.inPassing(featureCount: 2048, outputCount: 6) == 5000)
        #expect(ProbeLimit.inPassing(featureCount: 2048, outputCount: 100) == 1953)
        #expect(ProbeLimit.inPassing(featureCount: 2048, outputCount: 1000) == nil)
    }

    @Test func drawnImagesKeepTheirOrder() {
        let all = (0..<30).map { (index: Int) in Sample(path: "\(index)", name: "\(index)", label: index) }
        let drawn = all.drawn(10, seed: 2)
        #expect(drawn.count == 10 && drawn.map { $0.label ?? 0 } == Set(drawn.map { $0.label ?? 0 }).sorted())
        #expect(drawn != all.drawn(10, seed: 3))
        #expect(all.drawn(30, seed: 2) == all)
    }

    /// Held out, such an image could be named rightly by nobody, and would pass for mislabelled.
    @Test func anImageAloneInItsClassJudgesButIsNotJudged() throws {
        var images = clouds("known", count: 12)
        images.append(file: "lonely.png", target: .category(3), features: [0, 0, 0, 0, 0, 9])
        let probe = try #require(try ClassificationProbe(training: images, test: nil, classCount: 5, seed: 1))
        #expect(probe.imageCount == 13)
        for score in [probe.majority, probe.neighbours, probe.regression] { #expect(score.total == 12) }
        #expect(!probe.doubtfulLabels.contains { $0.file == "lonely.png" })

        let folds = StratifiedFolds(labels: Array(repeating: [0, 1, 2], count: 4).joined() + [3], count: 5, seed: 1)
        #expect(folds.alone == [12] && folds.parts.flatMap(\.self).sorted() == Array(0..<12))
        for split in folds.splits { #expect(split.training.contains(12) && !split.held.contains(12)) }
    }

    @Test func imagesOfDifferentClassesCannotJudgeOneAnother() throws {
        var images = LabelledFeatures(featureCount: 2)
        for label in 0..<3 {
            images.append(file: "\(label).png", target: .category(label), features: [Float(label), 1])
        }
        #expect(try ClassificationProbe(training: images, test: nil, classCount: 3, seed: 1).map { _ in true } == nil)
        let judged = try ClassificationProbe(training: images, test: images, classCount: 3, seed: 1)
        #expect(judged?.neighbours == Proportion(3, of: 3) && judged?.strength == 1)
        #expect(judged?.doubtfulLabels == [])
    }

    @Test func aProbeIsBoundedInWhatItTakes() {
        #expect(ProbeLimit.largest(featureCount: 2048, outputCount: 10) == 20_000)
        #expect(ProbeLimit.largest(featureCount: 2048, outputCount: 1000) == 4882)
        #expect(ProbeLimit.largest(featureCount: 64, outputCount: 3000) == 6666)
        #expect(ProbeLimit.largest(featureCount: 64, outputCount: 10_000) == nil)
    }
}

import Datasets
import Metrics
import Tasks
import TestSupport
import Testing

@Suite struct MultiLabelProbeTests {
    /// Points of three classes, each of which moves them along an axis of its own; every eighth is of none.
    /// - Parameter wrong: the images of which the opposite is said of their class 0.
    private func clouds(_ name: String, count: Int, wrong: Set<Int> = []) -> LabelledFeatures {
        var images = LabelledFeatures(featureCount: 4)
        var noise = [Float](repeating: 0, count: count * 4)
        noise.withUnsafeMutableBufferPointer { FormulaWeights.fill($0, name: name, low: -1, high: 1) }
        for index in 0..<count {
            var features = Array(noise[index * 4..<(index + 1) * 4])
            features[3] = 1
            var labels = (0..<3).filter { index >> $0 & 1 == 1 }
            for label in labels { features[label] += 4 }
            if wrong.contains(index) { labels = labels.contains(0) ? labels.filter { $0 != 0 } : [0] + labels }
            images.append(file: "\(index).png", target: .categories(labels), features: features)
        }
        return images
    }

    @Test func labelsTooManyAndTooFewAreFound() throws {
        // 12 is not of class 0, and 33 is.
        let probe = try #require(
            try MultiLabelProbe(
                training: clouds("known", count: 120, wrong: [12, 33]), test: nil, classCount: 3, seed: 1))
        #expect(probe.imageCount == 120 && probe.featureCount == 4 && probe.judgedCount == 120 && !probe.hasTestImages)
        #expect(Set(probe.doubtfulLabels.map(\.file)) == ["12.png", "33.png"])
        let (extra, missing) = (
            try #require(probe.doubtfulLabels.first { $0.file == "12.png" }),
            try #require(probe.doubtfulLabels.first { $0.file == "33.png" })
        )
        #expect(extra.label == 0 && extra.suggested == nil && missing.label == nil && missing.suggested == 0)
        for label in [extra, missing] {
            #expect(label.labelProbability < 0.5 && label.labelProbability + label.suggestedProbability == 1)
        }
        let names = ["a", "b", "c"]
        #expect(extra.labelWords(names) == "a" && extra.suggestionWords(names) == "not a")
        #expect(missing.labelWords(names) == "not a" && missing.suggestionWords(names) == "a")
    }

    @Test func testImagesJudge() throws {
        let probe = try #require(
            try MultiLabelProbe(
                training: clouds("known", count: 64), test: clouds("others", count: 32), classCount: 3, seed: 1))
        #expect(probe.hasTestImages && probe.judgedCount == 32 && probe.figure.name == "mean_average_precision")
        #expect(probe.scores.map(\.key) == ["class_frequencies", "nearest_neighbours", "logistic_regression"])
        // Where all images are as probable, the precision at the last one is the part that is of the class: a half.
        #expect(probe.scores[0].value == 0.5)
        #expect(probe.scores[2].value == 1 && probe.scores[1].value > 0.9)
        #expect(probe.scores.allSatisfy { $0.interval?.contains($0.value) ?? false } || probe.scores[2].interval == nil)
        #expect(probe.doubtfulLabels.isEmpty)
        #expect(ProbeChoice.strengths.contains(probe.strength))
        #expect(ProbeChoice.neighbourCounts.contains(probe.neighbourCount))
    }

    @Test func classesThatNoImageOrEveryImageHasAreNoHindrance() throws {
        var images = LabelledFeatures(featureCount: 1)
        for index in 0..<20 {
            images.append(
                file: "\(index)", target: .categories(index % 2 == 0 ? [0, 1] : [1]), features: [Float(index % 2) - 0.5]
            )
        }
        let probe = try #require(try MultiLabelProbe(training: images, test: nil, classCount: 3, seed: 1))
        #expect(probe.scores[2].value == 1 && probe.doubtfulLabels.isEmpty)
    }

    @Test func withoutAnyClassNothingCanBeJudged() throws {
        var images = LabelledFeatures(featureCount: 1)
        #expect(try MultiLabelProbe(training: images, test: nil, classCount: 2, seed: 1).map { _ in true } == nil)
        for index in 0..<4 { images.append(file: "\(index)", target: .categories([]), features: [Float(index)]) }
        #expect(try MultiLabelProbe(training: images, test: nil, classCount: 2, seed: 1).map { _ in true } == nil)
    }
}

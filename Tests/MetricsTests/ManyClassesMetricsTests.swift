import Metrics
import Tensors
import Testing

/// What grows with the square of the classes, or faster, does not end within these tests' time.
@Suite struct ManyClassesMetricsTests {
    /// As squares these would be numbers of terabytes.
    @Test func aConfusionMatrixHoldsWhatIsNotZero() {
        var matrix = ConfusionMatrix(classCount: 1_000_000)
        for image in 0..<10 { matrix.add(actual: 7, predicted: image < 8 ? 7 : 999_999) }
        #expect(matrix.total == 10 && matrix.correct == 8 && matrix.actualCount(7) == 10)
        #expect(matrix.predictedCount(999_999) == 2 && matrix[actual: 7, predicted: 999_999] == 2)
        #expect(matrix[actual: 0, predicted: 0] == 0)
        #expect(matrix.mistakes.map { [$0.actual, $0.predicted, $0.images] } == [[7, 999_999, 2]])
        #expect(matrix.mistakes.map(\.partOfClass) == [0.2])
        #expect(matrix.cells.map(\.images) == [8, 2])
    }

    @Test func theMostProbableAreTheFirstOfTheRanking() {
        var random = RandomStream(seed: 3, purpose: .resampling)
        for classCount in [1, 2, 5, 100] {
            // Few different values, so that many are equally probable.
            let logits = (0..<classCount).map { _ in Float(random.next() % 6) }
            let prediction = Prediction(file: "a", label: nil, logits: logits)
            for count in [1, 2, 3, 31, 32, 200] {
                #expect(prediction.mostProbable(count) == Array(prediction.ranking.prefix(count)), "\(count)")
            }
        }
    }

    @Test(.timeLimit(.minutes(1))) func foldsOfManyClassesTakeNoTimeToSpeakOf() {
        let labels = (0..<60_000).map { $0 / 2 }
        let folds = StratifiedFolds(labels: labels, count: 2, seed: 0)
        #expect(folds.parts.map(\.count) == [30_000, 30_000])
        #expect(Set(folds.parts[0].map { labels[$0] }).count == 30_000)
    }
}

import Datasets
import Files
import Metrics

/// How well simple models on a network's features say numbers.
package struct RegressionProbe: Probe {
    package let imageCount, featureCount, judgedCount: Int
    package let hasTestImages: Bool
    package let scores: [ProbeScore]
    /// The mean of how many neighbours is said: of `ProbeChoice.neighbourCounts` with the least error in
    /// cross-validation.
    package let neighbourCount: Int
    /// How much the images count against the penalty of the ridge regression, as `ProbeChoice.strengths`: that with the
    /// least error in cross-validation.
    package let strength: Double

    package var modelKind: String { "model" }
    package var figure: EpochFigure { Regression.determination }
    package var doubtfulLabels: [DoubtfulLabel] { [] }

    /// Fits the models; nil for fewer than two images, and where all that judge have the same number.
    /// - Parameters:
    ///   - training: images to fit to.
    ///   - test: images to judge by; where there are none, cross-validation judges all.
    ///   - seed: what the folds are drawn from.
    package init?(training: LabelledFeatures, test: LabelledFeatures?, seed: UInt64) {
        guard training.count >= 2 else { return nil }
        let test = test.flatMap { $0.count == 0 ? nil : $0 }
        let numbers = training.targets.map(Regression.number)
        let validation = CrossValidation(training.features, numbers, seed: seed)
        imageCount = training.count
        featureCount = training.features.columnCount
        hasTestImages = test != nil
        neighbourCount = validation.neighbourCount
        strength = validation.strength

        let truth = test?.targets.map(Regression.number) ?? numbers
        judgedCount = truth.count
        var (means, neighbours, ridge) = (validation.means, validation.neighbours, validation.ridge)
        if let test {
            means = truth.map { _ in numbers.mean }
            neighbours = NearestNeighbours(training.features)
                .means(of: numbers.map { [$0] }, test.features, counts: [neighbourCount]).map { $0[0][0] }
            ridge = Ridges(training.features, numbers).numbers(test.features, strength: strength, tolerance: 1e-7)
        }
        let all: [(String, String, [Double], [JSON.Member])] = [
            ("mean", "always the mean", means, []),
            (
                "nearest_neighbours", ProbeChoice.neighbourWords(neighbourCount), neighbours,
                [.init(key: "neighbours", value: .integer(neighbourCount))]
            ),
            ("ridge_regression", "ridge regression", ridge, [.init(key: "strength", value: .number(strength))]),
        ]
        scores = all.compactMap { key, name, predictions, settings in
            let tally = RegressionTally(numbers: truth, predictions: predictions)
            return tally.values[.determination].map {
                ProbeScore(
                    key, name, Regression.determination, $0, interval: tally.intervals(Bootstrap())[.determination],
                    settings: settings)
            }
        }
        guard scores.count == all.count else { return nil }
    }
}

extension Regression {
    func probe(
        training: LabelledFeatures, test: LabelledFeatures?, outputCount: Int, seed: UInt64
    ) throws -> (any Probe)? {
        RegressionProbe(training: training, test: test, seed: seed)
    }
}

/// Ridge regressions on standardised features.
private struct Ridges {
    private let standardize: Standardization
    private let fitter: RidgeFitter

    init(_ known: FeatureMatrix, _ numbers: [Double]) {
        standardize = Standardization(known)
        fitter = RidgeFitter(standardize(known), numbers: numbers)
    }

    func numbers(_ features: FeatureMatrix, strength: Double, tolerance: Double) -> [Double] {
        fitter.fit(penalty: 1 / strength, tolerance: tolerance).numbers(standardize(features))
    }
}

/// What models say of images that they have not seen, each of which is held out once.
private struct CrossValidation {
    let means: [Double]
    let neighbourCount: Int
    let neighbours: [Double]
    let strength: Double
    let ridge: [Double]

    init(_ features: FeatureMatrix, _ numbers: [Double], seed: UInt64) {
        // Of one class, images are only shuffled.
        let folds = StratifiedFolds(
            labels: Array(repeating: 0, count: numbers.count), count: ProbeChoice.foldCount, seed: seed)
        means =
            folds.answers(imageCount: numbers.count, settingCount: 1, nothing: 0) { training, held in
                held.map { _ in [training.map { numbers[$0] }.mean] }
            }[0]
        let neighbours = folds.answers(
            imageCount: numbers.count, settingCount: ProbeChoice.neighbourCounts.count, nothing: 0.0
        ) { training, held in
            NearestNeighbours(features.rows(training))
                .means(of: training.map { [numbers[$0]] }, features.rows(held), counts: ProbeChoice.neighbourCounts)
                .map { $0.map { $0[0] } }
        }
        let ridges = folds.answers(
            imageCount: numbers.count, settingCount: ProbeChoice.strengths.count, nothing: 0.0
        ) { training, held in
            let fits = Ridges(features.rows(training), training.map { numbers[$0] })
            let heldRows = features.rows(held)
            return byImage(
                ProbeChoice.strengths.map { fits.numbers(heldRows, strength: $0, tolerance: 1e-4) })
        }
        func best(_ candidates: [[Double]]) -> Int {
            let errors = candidates.map { zip($0, numbers).reduce(0) { $0 + ($1.0 - $1.1) * ($1.0 - $1.1) } }
            return errors.indices.min { (errors[$0], $0) < (errors[$1], $1) } ?? 0
        }
        let (bestCount, bestStrength) = (best(neighbours), best(ridges))
        neighbourCount = ProbeChoice.neighbourCounts[bestCount]
        self.neighbours = neighbours[bestCount]
        strength = ProbeChoice.strengths[bestStrength]
        ridge = ridges[bestStrength]
    }
}

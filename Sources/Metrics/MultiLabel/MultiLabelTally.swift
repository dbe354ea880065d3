import Tensors

/// Judges answers that may name several classes of an image, one by one.
///
/// As in `ClassificationTally` the probabilities are kept, because average precision needs them all at once, unless they
/// are too many.
package struct MultiLabelTally: Sendable {
    /// From which probability on each class is named.
    package let thresholds: [Double]
    private(set) var answers: [MultiLabelAnswer] = []
    /// Images × classes; nil where they are more than `probabilityLimit`.
    private var probabilities: [Double]? = []
    private let probabilityLimit: Int

    /// - Parameters:
    ///   - thresholds: one for each class.
    ///   - probabilityLimit: how many probabilities, images × classes, are kept at most.
    package init(thresholds: [Double], probabilityLimit: Int = ClassLimit.rankedProbabilities) {
        self.thresholds = thresholds
        self.probabilityLimit = probabilityLimit
    }

    package var classCount: Int { thresholds.count }
    /// How many images were counted.
    package var imageCount: Int { answers.count }
    /// Whether the images can be ranked by the probability of each class.
    package var ranksImages: Bool { probabilities != nil }

    /// Counts an image.
    /// - Parameters:
    ///   - labels: the indices of its classes, in any order; none for an image of no class.
    ///   - probabilities: one for each class, each in `0...1`.
    package mutating func add(labels: [Int], probabilities: [Double]) {
        precondition(probabilities.count == classCount, "one probability for each class")
        precondition(labels.allSatisfy((0..<classCount).contains), "a label is the index of a class")
        answers.append(MultiLabelAnswer(labels: labels, probabilities: probabilities, thresholds: thresholds))
        if answers.count * classCount > probabilityLimit {
            self.probabilities = nil
        } else {
            self.probabilities?.append(contentsOf: probabilities)
        }
    }

    /// The images in the order of their probability for a class; nil where the probabilities were too many to keep.
    func ranking(of index: Int) -> ClassRanking? {
        guard let probabilities = probabilities(of: index) else { return nil }
        return ClassRanking(probabilities: probabilities, isOfClass: { answers[$0].actual.contains(index) })
    }

    /// Of each image for a class; nil where they were too many to keep.
    private func probabilities(of index: Int) -> [Double]? {
        probabilities.map { all in stride(from: index, to: all.count, by: classCount).map { all[$0] } }
    }

    /// What is right and wrong.
    package var report: MultiLabelReport {
        MultiLabelReport(answers, classCount: classCount, counts: [Int32](repeating: 1, count: imageCount))
    }

    /// Every metric, for each class and in all, with intervals.
    package var summary: MetricSummary<MultiLabelMetric> { MetricSummary(self) }

    /// The mean of the average precisions of the classes that have images; nil where there are none, or images cannot be
    /// ranked.
    package var meanAveragePrecision: Double? {
        let counts = [Int32](repeating: 1, count: imageCount)
        let values = concurrentMap(classCount) { index in
            counts.withUnsafeBufferPointer { ranking(of: index)?.areas(counts: $0).averagePrecision }
        }.compactMap(\.self)
        return values.isEmpty ? nil : values.reduce(0, +) / Double(values.count)
    }

    /// For each class the threshold with which its F1 on these images is largest, of several the nearest to one half; one
    /// half for a class of which there is no image, or no other, and where the probabilities were too many to keep.
    ///
    /// Between the least probable image that is named and the next one lies a gap: the threshold is its middle. Fitted and
    /// judged on the same images F1 looks better than it is.
    package var thresholdsOfBestF1: [Double] {
        (0..<classCount).map { index in
            guard let probabilities = probabilities(of: index) else { return 0.5 }
            return thresholdOfBestF1(probabilities) { answers[$0].actual.contains(index) }
        }
    }
}

/// - Parameter isOfClass: whether the image of this index is of the class.
private func thresholdOfBestF1(_ probabilities: [Double], isOfClass: (Int) -> Bool) -> Double {
    let order = probabilities.indices.sorted { probabilities[$0] > probabilities[$1] }
    let support = order.count(where: isOfClass)
    guard support > 0, support < order.count else { return 0.5 }
    var best = (f1: -1.0, threshold: 0.5)
    var correct = 0
    for (place, image) in order.enumerated() {
        if isOfClass(image) { correct += 1 }
        let next = place + 1 < order.count ? probabilities[order[place + 1]] : 0
        // Images of one probability are named together.
        guard next < probabilities[image] || place + 1 == order.count else { continue }
        // The middle of two neighbouring numbers may be the lower one.
        let middle = (probabilities[image] + next) / 2
        let threshold = middle > next ? middle : probabilities[image]
        let f1 = ClassificationReport.Scores(support: support, predicted: place + 1, correct: correct).f1
        if f1 > best.f1 || (f1 == best.f1 && abs(threshold - 0.5) < abs(best.threshold - 0.5)) {
            best = (f1, threshold)
        }
    }
    return best.threshold
}

/// How often images of each actual class were given each predicted class.
package struct ConfusionMatrix: Hashable, Sendable {
    /// How many classes there are.
    package let classCount: Int
    /// `classCount` × `classCount` counts; rows are actual classes, columns predicted ones.
    private var counts: [Int]

    /// A matrix without any image.
    package init(classCount: Int) {
        precondition(classCount >= 0)
        self.classCount = classCount
        counts = Array(repeating: 0, count: classCount * classCount)
    }

    /// Counts pairs of class indices, each in `0..<classCount`; both arrays are equally long.
    package init(classCount: Int, actual: [Int], predicted: [Int]) {
        precondition(actual.count == predicted.count, "\(actual.count) labels, \(predicted.count) predictions")
        self.init(classCount: classCount)
        for (actual, predicted) in zip(actual, predicted) { add(actual: actual, predicted: predicted) }
    }

    /// Counts one image. Both classes are in `0..<classCount`.
    package mutating func add(actual: Int, predicted: Int) {
        precondition((0..<classCount).contains(actual) && (0..<classCount).contains(predicted))
        counts[actual * classCount + predicted] += 1
    }

    /// How many images of class `actual` were predicted as class `predicted`.
    package subscript(actual actual: Int, predicted predicted: Int) -> Int { counts[actual * classCount + predicted] }

    /// The counts of one actual class, by predicted class.
    package func row(_ actual: Int) -> [Int] { Array(counts[actual * classCount..<(actual + 1) * classCount]) }

    /// All rows, by actual class.
    package var rows: [[Int]] { (0..<classCount).map(row) }

    /// The counts as parts of their rows: what becomes of the images of each class. Rows without images are 0.
    package var parts: [[Double]] {
        rows.map { row in
            let total = Double(max(row.reduce(0, +), 1))
            return row.map { Double($0) / total }
        }
    }

    /// Images of one class that were taken for another.
    package struct Mistake: Sendable, Hashable {
        package let actual: Int
        package let predicted: Int
        package let images: Int
        /// The part of the images of the actual class, in `0...1`.
        package let partOfClass: Double
    }

    /// What was taken for what, most images first.
    package var mistakes: [Mistake] {
        var mistakes: [Mistake] = []
        for (actual, row) in rows.enumerated() {
            let total = Double(row.reduce(0, +))
            for (predicted, images) in row.enumerated() where images > 0 && actual != predicted {
                mistakes.append(
                    Mistake(actual: actual, predicted: predicted, images: images, partOfClass: Double(images) / total))
            }
        }
        return mistakes.sorted { ($1.images, $0.actual, $0.predicted) < ($0.images, $1.actual, $1.predicted) }
    }

    /// How many images there are of class `actual`.
    package func actualCount(_ actual: Int) -> Int { row(actual).reduce(0, +) }

    /// How many images were predicted as class `predicted`.
    package func predictedCount(_ predicted: Int) -> Int {
        (0..<classCount).reduce(0) { $0 + self[actual: $1, predicted: predicted] }
    }

    /// How many images there are.
    package var total: Int { counts.reduce(0, +) }

    /// How many images were predicted right.
    package var correct: Int { (0..<classCount).reduce(0) { $0 + self[actual: $1, predicted: $1] } }
}

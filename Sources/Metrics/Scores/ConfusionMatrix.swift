/// How often images of each actual class were given each predicted class.
///
/// Only counts that are not 0 are kept: memory grows with the images and the classes, not with the square of the
/// classes.
package struct ConfusionMatrix: Hashable, Sendable {
    /// How many classes there are.
    package let classCount: Int
    /// How many images were predicted right.
    package private(set) var correct = 0
    /// By actual · `classCount` + predicted class.
    private var counts: [Int: Int] = [:]
    private var actualCounts: [Int]
    private var predictedCounts: [Int]

    /// A matrix without any image.
    package init(classCount: Int) {
        precondition(classCount >= 0)
        self.classCount = classCount
        actualCounts = Array(repeating: 0, count: classCount)
        predictedCounts = actualCounts
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
        counts[actual * classCount + predicted, default: 0] += 1
        actualCounts[actual] += 1
        predictedCounts[predicted] += 1
        if actual == predicted { correct += 1 }
    }

    /// How many images of class `actual` were predicted as class `predicted`.
    package subscript(actual actual: Int, predicted predicted: Int) -> Int {
        counts[actual * classCount + predicted] ?? 0
    }

    /// How many images there are of class `actual`.
    package func actualCount(_ actual: Int) -> Int { actualCounts[actual] }

    /// How many images were predicted as class `predicted`.
    package func predictedCount(_ predicted: Int) -> Int { predictedCounts[predicted] }

    /// How many images there are.
    package var total: Int { actualCounts.reduce(0, +) }

    /// All counts: a row of predicted classes for each actual class. `classCount` × `classCount` numbers.
    package var rows: [[Int]] {
        var rows = [[Int]](repeating: Array(repeating: 0, count: classCount), count: classCount)
        for (place, images) in counts { rows[place / classCount][place % classCount] = images }
        return rows
    }

    /// The counts as parts of their rows: what becomes of the images of each class. Rows without images are 0.
    package var parts: [[Double]] {
        zip(rows, actualCounts).map { row, total in row.map { Double($0) / Double(max(total, 1)) } }
    }

    /// A count that is not 0.
    package struct Cell: Sendable, Hashable {
        package let actual: Int
        package let predicted: Int
        package let images: Int
    }

    /// The counts that are not 0, row after row.
    package var cells: [Cell] {
        counts.keys.sorted().map { place in
            Cell(actual: place / classCount, predicted: place % classCount, images: counts[place] ?? 0)
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
        cells.filter { $0.actual != $0.predicted }.map { cell in
            Mistake(
                actual: cell.actual, predicted: cell.predicted, images: cell.images,
                partOfClass: Double(cell.images) / Double(actualCounts[cell.actual]))
        }.sorted { ($1.images, $0.actual, $0.predicted) < ($0.images, $1.actual, $1.predicted) }
    }
}

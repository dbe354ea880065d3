/// Classification by the most similar known images: the class that most of them have.
package struct NearestNeighbours: Sendable {
    private let known: FeatureMatrix
    private let labels: [Int]
    private let classCount: Int

    /// - Parameters:
    ///   - known: one row an image; similarity is the cosine of the angle between rows.
    ///   - labels: the class of each row, in `0..<classCount`.
    package init(_ known: FeatureMatrix, labels: [Int], classCount: Int) {
        precondition(known.rowCount == labels.count, "\(labels.count) labels for \(known.rowCount) images")
        self.known = known.normalized
        self.labels = labels
        self.classCount = classCount
    }

    /// The class of each row by a vote of its `count` nearest neighbours, all with the same weight; of several classes with
    /// as many votes the first wins, of several neighbours as near the first. As scikit-learn's `KNeighborsClassifier`.
    package func predictions(_ features: FeatureMatrix, count: Int) -> [Int] {
        precondition(features.columnCount == known.columnCount, "features of another layer")
        precondition(count > 0, "somebody must vote")
        let features = features.normalized
        let blockSize = max(1, (8 << 20) / max(known.rowCount, 1))
        var result: [Int] = []
        result.reserveCapacity(features.rowCount)
        for start in stride(from: 0, to: features.rowCount, by: blockSize) {
            let rows = min(blockSize, features.rowCount - start)
            let similarities = similarities(features, start..<start + rows)
            for row in 0..<rows {
                let own = similarities[row * known.rowCount..<(row + 1) * known.rowCount]
                result.append(vote(own, count: count))
            }
        }
        return result
    }

    /// The cosines between some rows and all known ones, row after row.
    private func similarities(_ features: FeatureMatrix, _ rows: Range<Int>) -> [Float] {
        var result = [Float](repeating: 0, count: rows.count * known.rowCount)
        features.values.withUnsafeBufferPointer { values in
            guard let first = values.baseAddress else { return }
            writeProduct(
                first + rows.lowerBound * known.columnCount, rows: rows.count, inner: known.columnCount,
                transposed: known.values, columns: known.rowCount, to: &result)
        }
        return result
    }

    private func vote(_ similarities: ArraySlice<Float>, count: Int) -> Int {
        // The best so far, best first.
        var nearest: [(similarity: Float, label: Int)] = []
        for (index, similarity) in similarities.enumerated() {
            if nearest.count == count, let last = nearest.last, similarity <= last.similarity { continue }
            let place = nearest.firstIndex { similarity > $0.similarity } ?? nearest.count
            nearest.insert((similarity, labels[index]), at: place)
            if nearest.count > count { nearest.removeLast() }
        }
        var votes = [Int](repeating: 0, count: classCount)
        for neighbour in nearest { votes[neighbour.label] += 1 }
        var best = 0
        for label in votes.indices where votes[label] > votes[best] { best = label }
        return best
    }
}

extension FeatureMatrix {
    /// Each row divided by its length; rows of zeros stay.
    fileprivate var normalized: FeatureMatrix {
        var values = values
        for start in stride(from: 0, to: values.count, by: columnCount) {
            let square = values[start..<start + columnCount].reduce(0) { $0 + Double($1) * Double($1) }
            guard square > 0 else { continue }
            let factor = Float(1 / square.squareRoot())
            for index in start..<start + columnCount { values[index] *= factor }
        }
        return FeatureMatrix(columnCount: columnCount, values: values)
    }
}

/// The most similar known images, and the class that most of them have.
package struct NearestNeighbours: Sendable {
    private let known: FeatureMatrix
    private let labels: [Int]

    /// - Parameters:
    ///   - known: one row an image; similarity is the cosine of the angle between rows.
    ///   - labels: the class of each row; none where no classes are asked for.
    package init(_ known: FeatureMatrix, labels: [Int] = []) {
        precondition(
            labels.isEmpty || known.rowCount == labels.count, "\(labels.count) labels for \(known.rowCount) images")
        self.known = known.normalized
        self.labels = labels
    }

    /// The class of each row by a vote of its `count` nearest neighbours, all with the same weight; of several classes with
    /// as many votes the first wins, of several neighbours as near the first. As scikit-learn's `KNeighborsClassifier`.
    package func predictions(_ features: FeatureMatrix, count: Int) -> [Int] {
        predictions(features, counts: [count]).map { $0[0] }
    }

    /// The same for several numbers of neighbours at once.
    /// - Returns: for each row the class by each of `counts`.
    package func predictions(_ features: FeatureMatrix, counts: [Int]) -> [[Int]] {
        precondition(counts.allSatisfy { $0 > 0 }, "somebody must vote")
        return neighbours(of: features, count: counts.max() ?? 0).map { nearest in
            counts.map { vote(nearest.prefix($0)) }
        }
    }

    /// The mean of what is known of the nearest neighbours of each row, all with the same weight. As scikit-learn's
    /// `KNeighborsRegressor`.
    /// - Parameter values: of each known image, of which there is one, as many numbers.
    /// - Returns: for each row and each of `counts` the means.
    package func means(of values: [[Double]], _ features: FeatureMatrix, counts: [Int]) -> [[[Double]]] {
        precondition(values.count == known.rowCount && !values.isEmpty, "\(values.count) of \(known.rowCount) images")
        return neighbours(of: features, count: counts.max() ?? 0).map { nearest in
            counts.map { count in
                let own = nearest.prefix(count)
                return values[0].indices.map { column in own.reduce(0) { $0 + values[$1][column] } / Double(own.count) }
            }
        }
    }

    /// The indices of the `count` most similar known images of each row, the most similar first, of several as near the
    /// first; all of them where they are fewer.
    package func neighbours(of features: FeatureMatrix, count: Int) -> [[Int]] {
        precondition(features.columnCount == known.columnCount, "features of another layer")
        let features = features.normalized
        let blockSize = max(1, (8 << 20) / max(known.rowCount, 1))
        var result: [[Int]] = []
        result.reserveCapacity(features.rowCount)
        for start in stride(from: 0, to: features.rowCount, by: blockSize) {
            let rows = min(blockSize, features.rowCount - start)
            let similarities = similarities(features, start..<start + rows)
            for row in 0..<rows {
                result.append(
                    nearest(similarities[row * known.rowCount..<(row + 1) * known.rowCount], count: count))
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

    private func nearest(_ similarities: ArraySlice<Float>, count: Int) -> [Int] {
        var nearest: [(similarity: Float, index: Int)] = []
        for (index, similarity) in similarities.enumerated() {
            if nearest.count == count, let last = nearest.last, similarity <= last.similarity { continue }
            let place = nearest.firstIndex { similarity > $0.similarity } ?? nearest.count
            nearest.insert((similarity, index), at: place)
            if nearest.count > count { nearest.removeLast() }
        }
        return nearest.map(\.index)
    }

    /// The label that most have, the first of several.
    private func vote(_ neighbours: ArraySlice<Int>) -> Int {
        let votes = Dictionary(neighbours.map { (labels[$0], 1) }, uniquingKeysWith: +)
        return votes.max { ($0.value, $1.key) < ($1.value, $0.key) }?.key ?? 0
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

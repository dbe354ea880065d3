/// The features of some images: one row an image.
package struct FeatureMatrix: Sendable {
    /// How many features each image has.
    package let columnCount: Int
    /// Row after row.
    package private(set) var values: [Float] = []

    package init(columnCount: Int) {
        precondition(columnCount > 0, "an image has features")
        self.columnCount = columnCount
    }

    /// - Parameter values: row after row.
    package init(columnCount: Int, values: [Float]) {
        self.init(columnCount: columnCount)
        precondition(values.count.isMultiple(of: columnCount), "rows of \(columnCount) features")
        self.values = values
    }

    package var rowCount: Int { values.count / columnCount }

    package subscript(row: Int) -> ArraySlice<Float> { values[row * columnCount..<(row + 1) * columnCount] }

    /// Adds the features of an image.
    package mutating func append(_ row: some Collection<Float>) {
        precondition(row.count == columnCount, "\(row.count) features instead of \(columnCount)")
        values += row
    }

    /// Some of the rows, in the given order.
    package func rows(_ indices: [Int]) -> FeatureMatrix {
        var result = FeatureMatrix(columnCount: columnCount)
        result.values.reserveCapacity(indices.count * columnCount)
        for index in indices { result.values += self[index] }
        return result
    }
}

/// Moves and scales each feature to mean 0 and variance 1 over the images it was fitted to.
package struct Standardization: Sendable {
    private let means: [Float]
    private let factors: [Float]

    /// - Parameter features: at least one row. A feature that is the same everywhere is only moved.
    package init(_ features: FeatureMatrix) {
        let (rows, columns) = (features.rowCount, features.columnCount)
        precondition(rows > 0, "nothing to learn means from")
        var sums = [Double](repeating: 0, count: columns)
        for row in 0..<rows { for (column, value) in features[row].enumerated() { sums[column] += Double(value) } }
        let means = sums.map { $0 / Double(rows) }
        var squares = [Double](repeating: 0, count: columns)
        for row in 0..<rows {
            for (column, value) in features[row].enumerated() {
                let difference = Double(value) - means[column]
                squares[column] += difference * difference
            }
        }
        self.means = means.map(Float.init)
        factors = zip(squares, means).map { square, mean in
            let deviation = (square / Double(rows)).squareRoot()
            return deviation > 1e-7 * abs(mean) ? Float(1 / deviation) : 1
        }
    }

    package func callAsFunction(_ features: FeatureMatrix) -> FeatureMatrix {
        var values = features.values
        let columns = features.columnCount
        for start in stride(from: 0, to: values.count, by: columns) {
            for column in 0..<columns {
                values[start + column] = (values[start + column] - means[column]) * factors[column]
            }
        }
        return FeatureMatrix(columnCount: columns, values: values)
    }
}

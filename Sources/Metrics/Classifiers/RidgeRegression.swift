/// Least squares with an L2 penalty, as scikit-learn's `Ridge` defines it.
///
/// It minimises ‖y − X·w − b‖² + penalty · ‖w‖²; b is not penalised. Features should have about the same scale (see
/// `Standardization`).
package struct RidgeRegression: Sendable {
    private let weights: [Double]
    private let intercept: Double

    /// What a row of features yields.
    package func number(_ row: some Collection<Float>) -> Double {
        precondition(row.count == weights.count, "features of another layer")
        return zip(row, weights).reduce(intercept) { $0 + Double($1.0) * $1.1 }
    }

    /// What each row yields.
    package func numbers(_ features: FeatureMatrix) -> [Double] {
        (0..<features.rowCount).map { number(features[$0]) }
    }

    fileprivate init(weights: [Double], intercept: Double) {
        self.weights = weights
        self.intercept = intercept
    }
}

/// Fits ridge regressions of several penalties to the same images, which share most of the work.
package struct RidgeFitter: Sendable {
    /// Rows less their mean.
    private let rows: [Double]
    private let rowCount, columnCount: Int
    private let means: [Double]
    private let mean: Double
    /// X·Xᵀ or Xᵀ·X, whichever is smaller.
    private let products: [Double]
    /// What w, or the images' share in it, is solved for.
    private let right: [Double]

    /// - Parameters:
    ///   - features: one row an image, at least one, of finite numbers.
    ///   - numbers: what each row should yield.
    package init(_ features: FeatureMatrix, numbers: [Double]) {
        precondition(features.rowCount == numbers.count && !numbers.isEmpty, "a number for each image")
        (rowCount, columnCount) = (features.rowCount, features.columnCount)
        var rows = features.values.map(Double.init)
        var means = [Double](repeating: 0, count: columnCount)
        for (index, value) in rows.enumerated() { means[index % features.columnCount] += value }
        for index in means.indices { means[index] /= Double(rowCount) }
        for index in rows.indices { rows[index] -= means[index % columnCount] }
        let mean = numbers.reduce(0, +) / Double(numbers.count)
        let centred = numbers.map { $0 - mean }
        if rowCount < columnCount {
            var products = [Double](repeating: 0, count: rowCount * rowCount)
            addProduct(rows, rows: rowCount, inner: columnCount, transposed: rows, columns: rowCount, to: &products)
            (self.products, right) = (products, centred)
        } else {
            var products = [Double](repeating: 0, count: columnCount * columnCount)
            addProduct(
                transposed: rows, rows: columnCount, inner: rowCount, rows, columns: columnCount, to: &products)
            self.products = products
            right = Self.transposedProduct(rows, centred, columnCount: columnCount)
        }
        self.rows = rows
        self.means = means
        self.mean = mean
    }

    /// - Parameters:
    ///   - penalty: positive; scikit-learn's `alpha`.
    ///   - tolerance: what may be left of the equations, as a part of their right side.
    package func fit(penalty: Double, tolerance: Double = 1e-10) -> RidgeRegression {
        precondition(penalty > 0, "a penalty")
        let solution = solution(penalty: penalty, tolerance: tolerance)
        let weights =
            rowCount < columnCount ? Self.transposedProduct(rows, solution, columnCount: columnCount) : solution
        return RidgeRegression(weights: weights, intercept: mean - zip(means, weights).reduce(0) { $0 + $1.0 * $1.1 })
    }

    /// Xᵀ·y.
    private static func transposedProduct(_ rows: [Double], _ y: [Double], columnCount: Int) -> [Double] {
        var result = [Double](repeating: 0, count: columnCount)
        addProduct(transposed: y, rows: 1, inner: y.count, rows, columns: columnCount, to: &result)
        return result
    }

    /// Of (products + penalty · 1) · x = right, by conjugate gradients (Hestenes and Stiefel 1952).
    private func solution(penalty: Double, tolerance: Double) -> [Double] {
        let count = right.count
        var x = [Double](repeating: 0, count: count)
        var residual = right
        var direction = residual
        var square = residual.reduce(0) { $0 + $1 * $1 }
        let goal = tolerance * tolerance * square
        // Without rounding as many steps as there are unknowns would do.
        for _ in 0..<10 * count where square > goal {
            var image = direction.map { penalty * $0 }
            addProduct(direction, rows: 1, inner: count, transposed: products, columns: count, to: &image)
            let step = square / zip(direction, image).reduce(0) { $0 + $1.0 * $1.1 }
            for index in 0..<count {
                x[index] += step * direction[index]
                residual[index] -= step * image[index]
            }
            let next = residual.reduce(0) { $0 + $1 * $1 }
            for index in 0..<count { direction[index] = residual[index] + next / square * direction[index] }
            square = next
        }
        return x
    }
}

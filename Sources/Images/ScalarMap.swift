/// One number for each place of a grid, rows from the top: a channel of a feature map, or how much each place matters.
package struct ScalarMap: Sendable, Hashable {
    package let width: Int
    package let height: Int
    /// `height` × `width` numbers.
    package let values: [Float]

    package init(width: Int, height: Int, values: [Float]) {
        precondition(width > 0 && height > 0 && values.count == width * height, "a map has a number for each place")
        self.width = width
        self.height = height
        self.values = values
    }

    /// The map without its negative numbers, divided by its maximum: 0...1; zeros where nothing is positive.
    package var normalized: ScalarMap {
        let factor = values.max().map { $0 > 0 ? 1 / Double($0) : 0 } ?? 0
        return ScalarMap(width: width, height: height, values: values.map { Float(max(Double($0), 0) * factor) })
    }

    /// The map at another size, with the triangle filter that images are resized with: enlarging, it is bilinear, corners
    /// not aligned.
    package func resized(width: Int, height: Int) -> ScalarMap {
        resampled(width, length: self.width, step: 1, lines: self.height, between: self.width)
            .resampled(height, length: self.height, step: width, lines: width, between: 1)
    }

    /// Resamples one axis to `count` places.
    /// - Parameters:
    ///   - length: the places it has.
    ///   - step: how far they lie apart.
    ///   - lines: how many lines there are along the axis.
    ///   - between: how far those lie apart.
    private func resampled(_ count: Int, length: Int, step: Int, lines: Int, between: Int) -> ScalarMap {
        let axis = ResampleWeights(inputCount: length, box: (0, Double(length)), outputCount: count, kept: 0..<count)
        let isRow = step == 1
        var result = [Float](repeating: 0, count: count * lines)
        for output in 0..<count {
            for line in 0..<lines {
                var sum = 0.0
                for tap in 0..<Int(axis.counts[output]) {
                    let input = (Int(axis.starts[output]) + tap) * step + line * between
                    sum += Double(axis.weights[output * axis.stride + tap]) * 0x1p-22 * Double(values[input])
                }
                result[isRow ? line * count + output : output * lines + line] = Float(sum)
            }
        }
        return isRow
            ? ScalarMap(width: count, height: lines, values: result)
            : ScalarMap(width: lines, height: count, values: result)
    }
}

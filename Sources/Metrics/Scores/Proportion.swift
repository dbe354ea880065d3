/// How many of some images, with what may be concluded from that about all images of their kind.
package struct Proportion: Hashable, Sendable {
    package let count: Int
    package let total: Int

    /// - Parameter total: at least `count`; at least one.
    package init(_ count: Int, of total: Int) {
        precondition(total > 0 && (0...total).contains(count), "\(count) of \(total)")
        self.count = count
        self.total = total
    }

    package var value: Double { Double(count) / Double(total) }

    /// The 95 % confidence interval of Wilson (1927), which holds for few images and near 0 and 1 too.
    package var interval: ClosedRange<Double> {
        let z = 1.959963984540054
        let n = Double(total)
        let centre = value + z * z / (2 * n)
        let spread = z * (value * (1 - value) / n + z * z / (4 * n * n)).squareRoot()
        let scale = 1 / (1 + z * z / n)
        return max(0, scale * (centre - spread))...min(1, scale * (centre + spread))
    }
}

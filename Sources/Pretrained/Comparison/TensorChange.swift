/// How far the numbers of a tensor, or of several, lie from those of another file.
package struct TensorChange: Hashable, Sendable {
    /// How many numbers were compared.
    package private(set) var count = 0
    /// How many of them are not the same, bit for bit.
    package private(set) var differing = 0
    /// The largest |b − a|; infinite where a number is infinite or none.
    package private(set) var absolute = 0.0
    /// The largest |b − a| ∕ max(|a|, |b|), at most 2; infinite where a number is infinite or none.
    package private(set) var relative = 0.0
    private var squaredChange = 0.0
    private var squaredFirst = 0.0

    package var isEqual: Bool { differing == 0 }

    /// ‖b − a‖₂ ∕ ‖a‖₂: how large the change is beside what was there. Infinite where nothing was.
    package var norm: Double {
        guard squaredChange > 0 else { return 0 }
        let norm = (squaredChange / squaredFirst).squareRoot()
        return norm.isNaN ? .infinity : norm
    }

    /// Of no numbers.
    init() {}

    /// - Parameters: as many numbers each, in the same order.
    package init(from first: [Float], to second: [Float]) {
        precondition(first.count == second.count, "tensors of one shape")
        count = first.count
        for (a, b) in zip(first, second) {
            let before = Double(a)
            squaredFirst += before * before
            guard a.bitPattern != b.bitPattern else { continue }
            differing += 1
            let change = abs(Double(b) - before)
            guard change.isFinite else {
                (absolute, relative, squaredChange) = (.infinity, .infinity, .infinity)
                continue
            }
            squaredChange += change * change
            absolute = max(absolute, change)
            // Zeros of two signs differ by nothing.
            if change > 0 { relative = max(relative, change / max(abs(before), abs(Double(b)))) }
        }
    }

    /// Takes the numbers of another tensor in.
    package mutating func add(_ other: TensorChange) {
        count += other.count
        differing += other.differing
        absolute = max(absolute, other.absolute)
        relative = max(relative, other.relative)
        squaredChange += other.squaredChange
        squaredFirst += other.squaredFirst
    }
}

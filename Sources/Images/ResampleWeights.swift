/// The weights of one axis of a resize: Pillow's triangle filter, widened when shrinking, in fixed point with 22
/// fractional bits.
struct ResampleWeights {
    /// For each output, the first input and how many.
    private(set) var starts: [Int32] = []
    private(set) var counts: [Int32] = []
    /// For each output, `stride` weights of which `counts` are used.
    private(set) var weights: [Int32] = []
    let stride: Int
    /// Whether every output is one input, unchanged.
    private(set) var isCopy: Bool

    /// - Parameters:
    ///   - inputCount: pixels along the axis; the filter never reaches beyond them.
    ///   - box: the part of the input that the whole output shows, in pixels.
    ///   - outputCount: pixels of the whole output.
    ///   - kept: the outputs that are wanted.
    init(inputCount: Int, box: (start: Double, end: Double), outputCount: Int, kept: Range<Int>) {
        let scale = Self.singlePrecision(box.end - box.start) / Double(outputCount)
        if scale == 1 && box.start == box.start.rounded() {
            (isCopy, stride) = (true, 1)
            starts = kept.map { Int32($0) + Int32(box.start) }
            counts = [Int32](repeating: 1, count: kept.count)
            weights = [Int32](repeating: 1 << 22, count: kept.count)
            return
        }
        isCopy = false
        let widening = max(scale, 1)
        stride = Int(widening.rounded(.up)) * 2 + 1
        starts.reserveCapacity(kept.count)
        counts.reserveCapacity(kept.count)
        weights = [Int32](repeating: 0, count: kept.count * stride)
        var exact = [Double](repeating: 0, count: stride)

        for (row, output) in kept.enumerated() {
            let centre = box.start + (Double(output) + 0.5) * scale
            let first = max(Int(centre - widening + 0.5), 0)
            let count = min(Int(centre + widening + 0.5), inputCount) - first
            var total = 0.0
            for tap in 0..<count {
                let distance = (Double(tap + first) - centre + 0.5) * (1 / widening)
                exact[tap] = max(1 - abs(distance), 0)
                total += exact[tap]
            }
            for tap in 0..<count {
                let weight = total == 0 ? exact[tap] : exact[tap] / total
                weights[row * stride + tap] = Int32(0.5 + weight * Double(1 << 22))
            }
            starts.append(Int32(first))
            counts.append(Int32(count))
        }
    }

    /// Bounds of a box have single precision in Pillow, which decides about some pixels. Sides of more than 2²⁴ pixels need
    /// more.
    static func singlePrecision(_ bound: Double) -> Double { bound < 0x1p24 ? Double(Float(bound)) : bound }

    /// The inputs that the outputs need.
    var inputs: Range<Int> {
        guard let first = starts.first, let last = starts.last, let count = counts.last else { return 0..<0 }
        return Int(first)..<Int(last + count)
    }

    /// Counts inputs from `origin`.
    mutating func move(origin: Int) {
        for i in starts.indices { starts[i] -= Int32(origin) }
    }

    /// Puts the outputs into reverse order.
    mutating func mirror() {
        // All numbers in reverse order, and then those of each output again.
        weights.reverse()
        for row in starts.indices { weights[row * stride..<(row + 1) * stride].reverse() }
        starts.reverse()
        counts.reverse()
        isCopy = false
    }
}

import Tensors

/// How the intervals of metrics are found: the images are drawn with replacement, as many as there are, and the metrics
/// computed, again and again; an interval reaches from the 2.5th to the 97.5th percentile (Efron 1979, "Bootstrap
/// methods").
///
/// Draws are not stratified: that a class came to have so many images is chance as well, and to leave it out would make the
/// intervals of accuracy too narrow.
package struct Bootstrap: Sendable {
    /// How many sets of images are drawn.
    package var replicates = 1000
    /// The part of the intervals that should hold the true value.
    package var level = 0.95
    package var seed: UInt64 = 0
    /// Rankings of more images × classes are not drawn again and again: ROC-AUC and average precision have no
    /// interval then.
    package var rankingLimit = 2_000_000

    package init() {}

    /// An interval for every value; none of fewer than two images, of which every draw is the same.
    ///
    /// A metric that some draws leave undefined takes its interval from the others. Where all draws agree on 0 or 1, as
    /// where every image is right, they say nothing about other images: parts of the images have the interval of Wilson
    /// (1927) then, and other metrics none.
    ///
    /// - Parameters:
    ///   - values: of the images as they are.
    ///   - proportions: the metrics that are a part of the images.
    ///   - drawn: the metrics where each image counts so often; called from all cores.
    package func intervals<Metric: Hashable & Sendable>(
        of values: [Metric: Double], imageCount: Int, proportions: Set<Metric>,
        drawn: @Sendable (_ counts: [Int32]) -> [Metric: Double]
    ) -> [Metric: ClosedRange<Double>] {
        guard imageCount > 1 else { return [:] }
        let draws = concurrentMap(replicates) { drawn(draw(imageCount, replicate: $0)) }
        return values.reduce(into: [:]) { intervals, entry in
            let sorted = draws.compactMap { $0[entry.key] }.filter(\.isFinite).sorted()
            guard let least = sorted.first, let most = sorted.last else { return }
            guard least < most || (least != 0 && least != 1) else {
                if proportions.contains(entry.key) {
                    intervals[entry.key] = Proportion(Int(least) * imageCount, of: imageCount).interval
                }
                return
            }
            let tail = (1 - level) / 2
            intervals[entry.key] = sorted.quantile(tail)...sorted.quantile(1 - tail)
        }
    }

    /// How often each image comes in one draw with replacement.
    private func draw(_ imageCount: Int, replicate: Int) -> [Int32] {
        var random = RandomStream(seed: seed, purpose: .resampling, epoch: replicate)
        var counts = [Int32](repeating: 0, count: imageCount)
        for _ in 0..<imageCount { counts[Int((UInt64(random.nextWord()) * UInt64(imageCount)) >> 32)] += 1 }
        return counts
    }
}

extension [Double] {
    /// The quantile of sorted numbers, interpolated linearly (NumPy's default).
    fileprivate func quantile(_ part: Double) -> Double {
        let place = part * Double(count - 1)
        let below = Int(place)
        let above = Swift.min(below + 1, count - 1)
        return self[below] + (self[above] - self[below]) * (place - Double(below))
    }
}

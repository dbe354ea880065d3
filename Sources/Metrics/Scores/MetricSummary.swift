import Foundation
import Tensors

/// Every metric of a set of predictions, with an interval for each.
package struct MetricSummary: Sendable {
    /// How the intervals are found.
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
    }

    /// The metrics that are defined.
    package let values: [Metric: Double]
    /// An interval for every value; none of fewer than two images, of which every draw is the same.
    ///
    /// The images are drawn with replacement, as many as there are, and the metrics computed, a thousand times; an interval
    /// reaches from the 2.5th to the 97.5th percentile (Efron 1979, "Bootstrap methods"). Draws are not stratified: that a
    /// class came to have so many images is chance as well, and to leave it out would make the intervals of accuracy too
    /// narrow. A metric that some draws leave undefined takes its interval from the others.
    ///
    /// Where all draws agree on 0 or 1, as where every image is right, they say nothing about other images: the accuracies
    /// have the interval of Wilson (1927) then, and other metrics none.
    package let intervals: [Metric: ClosedRange<Double>]
    /// The ROC-AUC of every class against all others; nil where all images are of it, or none, or images cannot be
    /// ranked.
    package let rocAUC: [Double?]
    /// The average precision of every class; nil where no image is of it, or images cannot be ranked.
    package let averagePrecision: [Double?]
    package let bootstrap: Bootstrap

    /// Computes on all cores.
    package init(_ tally: ClassificationTally, bootstrap: Bootstrap = Bootstrap()) {
        self.bootstrap = bootstrap
        let classCount = tally.confusion.classCount
        let once = [Int32](repeating: 1, count: tally.imageCount)
        let keepsRankings = tally.imageCount * classCount <= bootstrap.rankingLimit
        let ranked = concurrentMap(classCount) { index in
            let ranking = tally.ranking(of: index)
            let areas = ranking.map { once.withUnsafeBufferPointer($0.areas) } ?? ClassRanking.Areas()
            return (areas: areas, ranking: keepsRankings ? ranking : nil)
        }
        let areas = ranked.map(\.areas)
        rocAUC = areas.map(\.rocAUC)
        averagePrecision = areas.map(\.averagePrecision)

        let drawn = DrawnMetrics(classCount: classCount, scores: tally.scores)
        values = drawn.values(counts: once, areas: areas)
        guard tally.imageCount > 1 else {
            intervals = [:]
            return
        }
        let rankings = ranked.compactMap(\.ranking)
        let replicates = concurrentMap(bootstrap.replicates) { replicate in
            let counts = Self.draw(tally.imageCount, seed: bootstrap.seed, replicate: replicate)
            let areas = counts.withUnsafeBufferPointer { counts in rankings.map { $0.areas(counts: counts) } }
            return drawn.values(counts: counts, areas: areas)
        }
        intervals = values.reduce(into: [:]) { intervals, entry in
            let sorted = replicates.compactMap { $0[entry.key] }.sorted()
            guard let least = sorted.first, let most = sorted.last else { return }
            guard least < most || (least != 0 && least != 1) else {
                if entry.key == .accuracy || entry.key == .topFiveAccuracy {
                    intervals[entry.key] = Proportion(Int(least) * tally.imageCount, of: tally.imageCount).interval
                }
                return
            }
            let tail = (1 - bootstrap.level) / 2
            intervals[entry.key] = sorted.quantile(tail)...sorted.quantile(1 - tail)
        }
    }

    /// How often each image comes in one draw with replacement.
    private static func draw(_ imageCount: Int, seed: UInt64, replicate: Int) -> [Int32] {
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

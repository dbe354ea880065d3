import Tensors

/// The rankings of all classes.
struct ClassRankings: Sendable {
    /// What they come to where every image counts once.
    let areas: [ClassRanking.Areas]
    /// For draws; none where there would be too many.
    private let drawn: [ClassRanking]

    /// Computes on all cores.
    /// - Parameter ranking: of one class; nil where images cannot be ranked.
    init(
        _ classCount: Int, _ imageCount: Int, _ bootstrap: Bootstrap,
        _ ranking: @Sendable (Int) -> ClassRanking?
    ) {
        let once = [Int32](repeating: 1, count: imageCount)
        let keeps = imageCount * classCount <= bootstrap.rankingLimit
        let ranked = concurrentMap(classCount) { index in
            let ranking = ranking(index)
            let areas = ranking.map { ranking in once.withUnsafeBufferPointer { ranking.areas(counts: $0) } }
            return (areas: areas ?? ClassRanking.Areas(), ranking: keeps ? ranking : nil)
        }
        areas = ranked.map(\.areas)
        drawn = ranked.compactMap(\.ranking)
    }

    /// What they come to where each image counts so often; none where there would be too many.
    func areas(counts: [Int32]) -> [ClassRanking.Areas] {
        counts.withUnsafeBufferPointer { counts in drawn.map { $0.areas(counts: counts) } }
    }
}

extension [ClassRanking.Areas] {
    /// The mean of the classes for which an area has a meaning, each counting by its weight; nil where there are none.
    func mean(_ area: (ClassRanking.Areas) -> Double?, weight: (Int) -> Double = { _ in 1 }) -> Double? {
        var (sum, total) = (0.0, 0.0)
        for (index, areas) in enumerated() {
            guard let value = area(areas) else { continue }
            sum += weight(index) * value
            total += weight(index)
        }
        return total > 0 ? sum / total : nil
    }
}

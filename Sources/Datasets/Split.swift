import Files
import Tensors

/// Which samples of a data set train and which validate, the same for every class and stable by file name.
package struct Split: Sendable, Equatable {
    /// Indices into the samples, ascending.
    package let training: [Int]
    package let validation: [Int]

    /// Takes the fraction of each class for validation that comes first in an order that is a hash of seed and name.
    ///
    /// Of `n` samples of a class `fraction · n`, rounded, at least one and at most `n − 1`, validate. A sample's place in
    /// the order depends on nothing but its name and the seed, so adding or removing files moves only the few at the
    /// border. Files of one group in `identical` have the place of the first of them and stay together: one that does
    /// not fit into its class's share as a whole trains.
    ///
    /// - Parameters:
    ///   - samples: with labels below `classNames.count`.
    ///   - identical: groups of samples with the same content, by index (`IdenticalFiles.groups`).
    /// - Throws: `DatasetError.badFraction`, or `.tooFewToSplit` for classes that cannot give one and keep one.
    package init(
        stratifying samples: [Sample], classNames: [String], fraction: Double, seed: UInt64, identical: [[Int]] = []
    ) throws {
        guard fraction > 0, fraction < 1 else { throw DatasetError.badFraction(fraction) }
        let counts = classCounts(samples, classCount: classNames.count)
        let small = classNames.indices.filter { counts[$0] == 1 }
        if !small.isEmpty { throw DatasetError.tooFewToSplit(classes: small.map { classNames[$0] }) }

        let groups = Self.ordered(Self.groups(samples, identical), samples, seed: seed)
        let targets = counts.map { max(1, min($0 - 1, Int((Double($0) * fraction).rounded()))) }
        var taken = [Int](repeating: 0, count: classNames.count)
        var isValidation = [Bool](repeating: false, count: samples.count)
        for group in groups {
            var shares: [Int: Int] = [:]
            for index in group { if let label = samples[index].label { shares[label, default: 0] += 1 } }
            guard !shares.isEmpty, shares.allSatisfy({ taken[$0.key] + $0.value <= targets[$0.key] }) else { continue }
            for (label, count) in shares { taken[label] += count }
            for index in group { isValidation[index] = true }
        }
        let unsplit = classNames.indices.filter { counts[$0] > 0 && taken[$0] == 0 }
        if !unsplit.isEmpty { throw DatasetError.tooFewToSplit(classes: unsplit.map { classNames[$0] }) }
        training = samples.indices.filter { !isValidation[$0] }
        validation = samples.indices.filter { isValidation[$0] }
    }

    /// All samples in groups: those of `identical`, and the others by themselves.
    private static func groups(_ samples: [Sample], _ identical: [[Int]]) -> [[Int]] {
        var isGrouped = [Bool](repeating: false, count: samples.count)
        for group in identical { for index in group { isGrouped[index] = true } }
        return identical + samples.indices.filter { !isGrouped[$0] }.map { [$0] }
    }

    /// The groups in the order of their first member's place.
    private static func ordered(_ groups: [[Int]], _ samples: [Sample], seed: UInt64) -> [[Int]] {
        let keyed = groups.map { group in
            let first = group.map { (place: place(of: samples[$0].name, seed: seed), index: $0) }
                .min { ($0.place, $0.index) < ($1.place, $1.index) }
            return (place: first?.place ?? 0, index: first?.index ?? 0, group: group)
        }
        return keyed.sorted { ($0.place, $0.index) < ($1.place, $1.index) }.map(\.group)
    }

    /// A random number that belongs to a name and a seed: Philox at the counter that is the name's FNV-1a hash.
    private static func place(of name: String, seed: UInt64) -> UInt64 {
        let hash = Checksum.fnv1a(name.fileNameBytes)
        var stream = RandomStream(
            seed: seed, purpose: .splitting, epoch: Int(hash >> 32), sample: Int(hash & 0xFFFF_FFFF))
        return stream.next()
    }
}

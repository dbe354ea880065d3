import Files
import Tensors

/// Which samples of a data set train and which validate, the same for every class and stable by file name.
package struct Split: Sendable, Equatable {
    /// Indices into the samples, ascending.
    package let training: [Int]
    package let validation: [Int]
    /// What became of groups, one sentence each.
    package let remarks: [String]

    /// Takes the fraction of each class for validation that comes first in an order that is a hash of seed and name.
    ///
    /// Of `n` samples of a class `fraction · n`, rounded, at least one and at most `n − 1`, validate. A sample's place in
    /// the order depends on nothing but its name and the seed, so adding or removing files moves only the few at the
    /// border. Files of one set in `identical` have the place of the first of them and stay together: one that does
    /// not fit into its class's share as a whole trains.
    ///
    /// Groups have the place of their own name. Because they may be large, one validates where that brings the shares of
    /// its classes nearer to the fraction: what comes of it is told in `remarks`.
    ///
    /// - Parameters:
    ///   - samples: with classes below `classNames.count`.
    ///   - identical: sets of samples with the same content, by index (`IdenticalFiles.groups`).
    /// - Throws: `DatasetError.badFraction`, or `.tooFewToSplit` for classes that cannot give one and keep one;
    ///   `.tooFewGroups` or `.tooFewImages` where nothing can be parted.
    package init(
        stratifying samples: [Sample], classNames: [String], fraction: Double, seed: UInt64, identical: [[Int]] = []
    ) throws {
        guard fraction > 0, fraction < 1 else { throw DatasetError.badFraction(fraction) }
        var shares = Shares(samples, classCount: classNames.count, fraction: fraction)
        let hasGroups = samples.contains { $0.group != nil }
        let isStrict = !hasGroups && shares.areExclusive
        func check(_ classes: [Int]) throws {
            guard isStrict, !classes.isEmpty else { return }
            let haveClasses = samples.contains { $0.label != nil }
            throw haveClasses ? DatasetError.tooFewToSplit(classes: classes.map { classNames[$0] }) : .tooFewImages
        }
        try check(classNames.indices.filter { shares.counts[$0] == 1 })
        let sets = Self.ordered(Self.sets(samples, identical), samples, seed: seed)
        let chosen = isStrict ? shares.fill(sets) : shares.approach(sets)
        var isValidation = [Bool](repeating: false, count: samples.count)
        for (set, isChosen) in zip(sets, chosen) where isChosen { for index in set { isValidation[index] = true } }
        training = samples.indices.filter { !isValidation[$0] }
        validation = samples.indices.filter { isValidation[$0] }
        try check(shares.unsplit)
        remarks = hasGroups ? Self.remarks(shares, isValidation, classNames) : []
        guard !validation.isEmpty, !training.isEmpty else {
            throw hasGroups ? DatasetError.tooFewGroups : .tooFewImages
        }
    }

    /// All samples in sets that stay together: those of `identical`, those of a group, and the others by themselves.
    private static func sets(_ samples: [Sample], _ identical: [[Int]]) -> [[Int]] {
        var components = Components(count: samples.count)
        for set in identical { components.join(set) }
        let grouped = samples.indices.filter { samples[$0].group != nil }
        for set in Dictionary(grouping: grouped, by: { samples[$0].group }).values { components.join(set) }
        return components.sets()
    }

    /// The sets in the order of their first member's place.
    private static func ordered(
        _ sets: [[Int]], _ samples: [Sample], seed: UInt64
    ) -> [[Int]] {
        let keyed = sets.map { set in
            let first = set.map { index in
                (place: place(of: samples[index].group ?? samples[index].name, seed: seed), index: index)
            }.min { ($0.place, $0.index) < ($1.place, $1.index) }
            return (place: first?.place ?? 0, index: first?.index ?? 0, set: set)
        }
        return keyed.sorted { ($0.place, $0.index) < ($1.place, $1.index) }.map(\.set)
    }

    /// A random number that belongs to a name and a seed: Philox at the counter that is the name's FNV-1a hash.
    static func place(of name: String, seed: UInt64) -> UInt64 {
        let hash = Checksum.fnv1a(name.fileNameBytes)
        var stream = RandomStream(
            seed: seed, purpose: .splitting, epoch: Int(hash >> 32), sample: Int(hash & 0xFFFF_FFFF))
        return stream.next()
    }

    private static func remarks(
        _ shares: Shares, _ isValidation: [Bool], _ classNames: [String]
    ) -> [String] {
        let samples = shares.samples
        let all = Set(samples.compactMap(\.group))
        let validating = Set(zip(samples, isValidation).filter(\.1).compactMap(\.0.group))
        let loose = samples.count { $0.group == nil }
        let parts = classNames.indices.filter { shares.counts[$0] > 0 }.map { shares.part($0) }
        var remarks = [
            "\(validating.count) of \(Words.counted(all.count, "group")) validate"
                + (loose > 0 ? ", and \(Words.counted(loose, "image")) belong to none" : "")
                + "; of the classes \(Words.percent(parts.min() ?? 0)) to \(Words.percent(parts.max() ?? 0)) do"
        ]
        let unsplit = shares.unsplit.map { classNames[$0] }
        if !unsplit.isEmpty {
            remarks.append(
                "no validation images of \(listed(unsplit)): their groups are too few or too large to share out")
        }
        return remarks
    }
}

/// How many samples of each class validate, and how many should.
private struct Shares {
    let samples: [Sample]
    let counts: [Int]
    /// Whether each sample has at most one class.
    let areExclusive: Bool
    private let targets: [Int]
    private var taken: [Int]

    init(_ samples: [Sample], classCount: Int, fraction: Double) {
        self.samples = samples
        areExclusive =
            samples.allSatisfy { $0.classes.count < 2 }
            && samples.contains { $0.target.map { $0.kind != .categories } ?? false }
        // Samples without any class are one more class.
        var counts = classCounts(samples, classCount: classCount)
        counts.append(samples.count { $0.classes.isEmpty })
        self.counts = counts
        targets = counts.map { max(1, min($0 - 1, Int((Double($0) * fraction).rounded()))) }
        taken = [Int](repeating: 0, count: counts.count)
    }

    /// Takes those sets that fit wholly into what is left of the shares of their classes.
    /// - Returns: whether each is taken.
    mutating func fill(_ sets: [[Int]]) -> [Bool] {
        sets.map { set in
            let counts = counts(of: set)
            guard counts.allSatisfy({ taken[$0.key] + $0.value <= targets[$0.key] }) else { return false }
            add(counts, 1)
            return true
        }
    }

    /// Takes sets, in their order, and puts some back, as long as that brings the shares nearer to what they should be.
    /// - Returns: whether each is taken.
    mutating func approach(_ sets: [[Int]]) -> [Bool] {
        let counts = sets.map(counts)
        var isTaken = [Bool](repeating: false, count: sets.count)
        var hasChanged = true
        // Each change makes the error smaller, so that they come to an end; the first round makes nearly all of them.
        for _ in 0..<20 where hasChanged {
            hasChanged = false
            for index in sets.indices {
                let sign = isTaken[index] ? -1 : 1
                guard gains(counts[index], sign) else { continue }
                add(counts[index], sign)
                isTaken[index].toggle()
                hasChanged = true
            }
        }
        return isTaken
    }

    private func counts(of set: [Int]) -> [Int: Int] {
        var result: [Int: Int] = [:]
        for index in set {
            for label in samples[index].classes { result[label, default: 0] += 1 }
            if samples[index].classes.isEmpty { result[counts.count - 1, default: 0] += 1 }
        }
        return result
    }

    /// Whether the squares of what is missing from each share, or too much, as parts of it, add up to less with a set
    /// than without, and some of each class are left.
    private func gains(_ set: [Int: Int], _ sign: Int) -> Bool {
        let change = set.reduce(0.0) { sum, entry in
            let wanted = Double(targets[entry.key])
            let before = (wanted - Double(taken[entry.key])) / wanted
            let after = before - Double(sign * entry.value) / wanted
            return sum + after * after - before * before
        }
        return change < -1e-12 && set.allSatisfy { taken[$0.key] + sign * $0.value < counts[$0.key] }
    }

    private mutating func add(_ set: [Int: Int], _ sign: Int) {
        for (label, count) in set { taken[label] += sign * count }
    }

    /// The classes that have samples, none of which validates.
    var unsplit: [Int] { counts.indices.dropLast().filter { counts[$0] > 0 && taken[$0] == 0 } }

    /// The part of a class that validates.
    func part(_ label: Int) -> Double { Double(taken[label]) / Double(counts[label]) }
}

/// The images in the order of their probability for one class, which ROC-AUC and average precision of that class against
/// all others are read from.
struct ClassRanking: Sendable {
    /// An image: its index, whether it is of the class, and whether the images up to it are reckoned before those behind.
    private struct Entry {
        private var bits: UInt32

        init(image: Int, isOfClass: Bool) { bits = UInt32(image) << 2 | (isOfClass ? 2 : 0) }

        var image: Int { Int(bits >> 2) }
        var isOfClass: Bool { bits & 2 != 0 }
        var endsGroup: Bool { bits & 1 != 0 }

        mutating func endGroup() { bits |= 1 }
    }

    /// By falling probability, in groups: each tie that holds an image of the class, and everything between two of these.
    private var entries: [Entry] = []

    /// - Parameters:
    ///   - probabilities: of the class, one for each image.
    ///   - isOfClass: whether the image of this index is of the class.
    init(probabilities: [Double], isOfClass: (Int) -> Bool) {
        precondition(probabilities.count < 1 << 30, "an entry has 30 bits for the image")
        var rest = probabilities.indices.sorted { probabilities[$0] > probabilities[$1] }[...]
        entries.reserveCapacity(rest.count)
        while let first = rest.first {
            let tie = rest.prefix { probabilities[$0] == probabilities[first] }
            let images = tie.map { Entry(image: $0, isOfClass: isOfClass($0)) }
            let holdsClass = images.contains(where: \.isOfClass)
            if holdsClass { endGroup() }
            entries += images
            if holdsClass { endGroup() }
            rest = rest[tie.endIndex...]
        }
        endGroup()
    }

    private mutating func endGroup() {
        guard !entries.isEmpty else { return }
        entries[entries.count - 1].endGroup()
    }

    /// The two areas.
    struct Areas: Sendable {
        /// The chance that an image of the class has a higher probability than another one, ties counting half; nil where
        /// there are only images of one kind.
        var rocAUC: Double?
        /// The precision at every image of the class, averaged, images of equal probability taken together; nil without an
        /// image of the class.
        var averagePrecision: Double?
    }

    /// The areas where each image counts as often as `counts` says.
    func areas(counts: UnsafeBufferPointer<Int32>) -> Areas {
        // Whole numbers: exact, and no rounding decides about ties.
        var (ofClass, others) = (0, 0)
        var (newOfClass, newOthers) = (0, 0)
        var twiceOrderedPairs = 0
        var precisionSum = 0.0
        for entry in entries {
            let count = Int(counts[entry.image])
            if entry.isOfClass { newOfClass += count } else { newOthers += count }
            guard entry.endsGroup else { continue }
            twiceOrderedPairs += newOthers * (2 * ofClass + newOfClass)
            ofClass += newOfClass
            others += newOthers
            if newOfClass > 0 { precisionSum += Double(newOfClass * ofClass) / Double(ofClass + others) }
            (newOfClass, newOthers) = (0, 0)
        }
        var areas = Areas()
        if ofClass > 0 { areas.averagePrecision = precisionSum / Double(ofClass) }
        if ofClass > 0, others > 0 {
            areas.rocAUC = Double(twiceOrderedPairs) / (2 * Double(ofClass) * Double(others))
        }
        return areas
    }
}

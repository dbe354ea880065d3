import Tensors

/// A split of labelled images into parts of nearly the same size in which each class has nearly the same share.
///
/// An image that is the only one of its class is in no part: held out, it would be judged by images that know nothing
/// of its class. The others are judged with its help.
package struct StratifiedFolds: Sendable {
    /// The images of each part, in order; no part is empty.
    package let parts: [[Int]]
    /// The images that are the only ones of their class.
    package let alone: [Int]

    /// - Parameters:
    ///   - labels: the class of each image.
    ///   - count: at least two. No more parts are made than there are images to put into them.
    ///   - seed: what the images of a class are shuffled by.
    package init(labels: [Int], count: Int, seed: UInt64) {
        precondition(count >= 2, "one part is no split")
        let members = Dictionary(grouping: labels.indices) { labels[$0] }
        alone = members.values.filter { $0.count == 1 }.joined().sorted()
        let count = min(count, labels.count - alone.count)
        var parts = [[Int]](repeating: [], count: count)
        // Each class goes on with the part where the one before it ended.
        var next = 0
        for (label, members) in members.sorted(by: { $0.key < $1.key }) where members.count > 1 {
            for position in RandomStream.order(count: members.count, seed: seed, epoch: label) {
                let member = members[position]
                parts[next].append(member)
                next = (next + 1) % count
            }
        }
        self.parts = parts.map { $0.sorted() }
    }

    /// For each part, the images outside it and those in it.
    package var splits: [(training: [Int], held: [Int])] {
        parts.indices.map { held in
            let others = parts.enumerated().filter { $0.offset != held }.flatMap(\.element)
            return ((others + alone).sorted(), parts[held])
        }
    }
}

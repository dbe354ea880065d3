import Datasets

/// A split of labelled images into parts of nearly the same size in which each class has nearly the same share.
package struct StratifiedFolds: Sendable {
    /// The images of each part, in order.
    package let parts: [[Int]]

    /// - Parameters:
    ///   - labels: the class of each image.
    ///   - count: at least two. No more parts are made than there are images.
    ///   - seed: what the images of a class are shuffled by.
    package init(labels: [Int], count: Int, seed: UInt64) {
        precondition(count >= 2, "one part is no split")
        let count = min(count, max(labels.count, 1))
        var parts = [[Int]](repeating: [], count: count)
        // Each class goes on with the part where the one before it ended.
        var next = 0
        for label in Set(labels).sorted() {
            let members = labels.indices.filter { labels[$0] == label }
            for position in BatchLoader.order(count: members.count, seed: seed, epoch: label) {
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
            (parts.enumerated().filter { $0.offset != held }.flatMap(\.element).sorted(), parts[held])
        }
    }
}

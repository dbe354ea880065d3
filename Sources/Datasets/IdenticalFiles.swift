import Tensors

/// Finds images with exactly the same bytes.
package enum IdenticalFiles {
    /// Groups of at least two samples with the same content, each ascending, in the order of their first.
    ///
    /// Only what shares its size is read, on all cores; equal hashes are confirmed byte by byte. A file that
    /// cannot be read, or is larger than any image that is read, is in no group.
    package static func groups(_ samples: [Sample]) -> [[Int]] {
        let sizes = concurrentMap(samples.count) { samples[$0].content.byteCount }
        let sharers = sharing(samples.indices.filter { sizes[$0] != nil }) { sizes[$0] }.flatMap { $0 }.sorted()
        let hashes = concurrentMap(sharers.count) { samples[sharers[$0]].content.checksum?.value }
        let readable = sharers.indices.filter { hashes[$0] != nil }
        return sharing(Array(readable)) { [sizes[sharers[$0]].map(UInt64.init), hashes[$0]] }
            .flatMap { group in confirmed(group.map { sharers[$0] }, samples) }
            .sorted { $0[0] < $1[0] }
    }

    /// The indices in groups of the same key, those that share it with none left out; ascending within a group.
    private static func sharing<Key: Hashable>(_ indices: [Int], by key: (Int) -> Key) -> [[Int]] {
        Dictionary(grouping: indices, by: key).values.filter { $0.count > 1 }
    }

    /// Divides a group with the same hash into groups with the same bytes.
    private static func confirmed(_ group: [Int], _ samples: [Sample]) -> [[Int]] {
        var classes: [(bytes: [UInt8], members: [Int])] = []
        for index in group {
            guard let bytes = samples[index].content.bytes else { continue }
            if let position = classes.firstIndex(where: { $0.bytes == bytes }) {
                classes[position].members.append(index)
            } else {
                classes.append((bytes, [index]))
            }
        }
        return classes.map(\.members).filter { $0.count > 1 }
    }
}

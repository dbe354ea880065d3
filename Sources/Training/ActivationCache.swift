import Datasets

/// What the frozen part of a network yields for images, kept in memory so that it is computed once.
///
/// All entries are of one size and belong to one key, which stands for everything that they depend on but the image:
/// another key drops them. None is thrown out to make room for another: every epoch looks at each image once and would
/// throw out the next one it needs. Used from one thread at a time.
package final class ActivationCache {
    /// One view of one image.
    struct View: Hashable {
        let role: DatasetRole
        /// The index of the image's sample in its part.
        let sample: Int
        /// Which of its augmented views.
        let number: Int
    }

    /// The most bytes that are kept; 0 keeps nothing.
    package let budgetBytes: Int
    private var key = ""
    private var entryBytes = 0
    /// Where each view lies: the number of its place.
    private var places: [View: Int] = [:]
    /// Memory for `placesPerSlab` entries each.
    private var slabs: [UnsafeMutableRawPointer] = []

    package init(budgetBytes: Int = 0) { self.budgetBytes = budgetBytes }

    deinit { drop() }

    /// How often an entry has been taken.
    private(set) var takenCount = 0
    /// How many entries there is room for.
    var capacity: Int { entryBytes > 0 ? budgetBytes / entryBytes : 0 }

    /// Makes ready for entries of a key; those of another one are dropped.
    func begin(key: String, entryBytes: Int) {
        guard key != self.key || entryBytes != self.entryBytes else { return }
        drop()
        (self.key, self.entryBytes) = (key, entryBytes)
    }

    func contains(_ view: View) -> Bool { places[view] != nil }

    /// The bytes kept for a view; nil where there are none.
    func take(_ view: View) -> UnsafeRawBufferPointer? {
        guard let place = places[view] else { return nil }
        takenCount += 1
        return UnsafeRawBufferPointer(start: pointer(to: place), count: entryBytes)
    }

    /// Keeps a copy, where there is room.
    func insert(_ activations: UnsafeRawBufferPointer, for view: View) {
        guard places.count < capacity, places[view] == nil else { return }
        let place = places.count
        if place == slabs.count * placesPerSlab {
            slabs.append(.allocate(byteCount: placesPerSlab * entryBytes, alignment: 64))
        }
        pointer(to: place).copyMemory(from: activations.baseAddress!, byteCount: entryBytes)
        places[view] = place
    }

    /// About 16 MiB of entries, and never more than there may be.
    private var placesPerSlab: Int { max(1, min((16 << 20) / max(entryBytes, 1), capacity)) }

    private func pointer(to place: Int) -> UnsafeMutableRawPointer {
        slabs[place / placesPerSlab] + place % placesPerSlab * entryBytes
    }

    private func drop() {
        places = [:]
        for slab in slabs { slab.deallocate() }
        slabs = []
    }
}

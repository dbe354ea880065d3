import Datasets
import Files
import Foundation

/// What the frozen part of a network yields for images, kept so that it is computed once: in memory and, where a folder is
/// given, on disk for later runs too.
///
/// All entries are of one size and belong to one key, which stands for everything that they depend on but the image:
/// another key drops those in memory. None is thrown out to make room for another: every epoch looks at each image once
/// and would throw out the next one it needs. Used from one thread at a time.
package final class ActivationCache {
    /// One view of one image.
    package struct View: Hashable {
        package let role: DatasetRole
        /// The index of the image's sample in its part.
        package let sample: Int
        /// Which of its augmented views.
        package let number: Int

        package init(role: DatasetRole, sample: Int, number: Int) {
            self.role = role
            self.sample = sample
            self.number = number
        }
    }

    /// What a view shows.
    package struct Origin {
        package let content: ImageContent
        /// All that augmentation depends on, in words; nil for an image as it is.
        package let drawnFrom: String?

        package init(_ content: ImageContent, drawnFrom: String?) {
            self.content = content
            self.drawnFrom = drawnFrom
        }
    }

    /// A folder for files of activations.
    package struct Disk: Hashable, Sendable {
        package var directory: String
        /// The most bytes that the files may have together.
        package var budgetBytes: Int

        package init(directory: String, budgetBytes: Int) {
            self.directory = directory
            self.budgetBytes = budgetBytes
        }
    }

    /// The most bytes that are kept in memory.
    package let budgetBytes: Int
    package let disk: Disk?
    private var key: [String] = []
    private var entryBytes = 0
    /// Where each view lies in memory: the number of its place.
    private var places: [View: Int] = [:]
    /// Memory for `placesPerSlab` entries each.
    private var slabs: [UnsafeMutableRawPointer] = []

    private var file: ActivationFile?
    private var origin: (View) -> Origin = { _ in Origin(.file(""), drawnFrom: nil) }
    /// The digest of each image's bytes; nil where it cannot be read.
    private var digests: [ImageContent: String?] = [:]
    /// An entry on its way from disk.
    private var arrived = UnsafeMutableRawBufferPointer(start: nil, count: 0)

    package private(set) var usage = Usage()

    /// How often activations have been taken from memory, how often from disk, and how long the latter took.
    package struct Usage: Hashable, Sendable {
        package fileprivate(set) var fromMemory = 0
        package fileprivate(set) var fromDisk = 0
        package fileprivate(set) var diskSeconds = 0.0

        static func - (now: Usage, before: Usage) -> Usage {
            Usage(
                fromMemory: now.fromMemory - before.fromMemory, fromDisk: now.fromDisk - before.fromDisk,
                diskSeconds: now.diskSeconds - before.diskSeconds)
        }
    }

    /// - Parameter budgetBytes: 0 keeps nothing in memory.
    package init(budgetBytes: Int = 0, disk: Disk? = nil) {
        self.budgetBytes = budgetBytes
        self.disk = disk
    }

    deinit { drop() }

    /// How many entries there is room for in memory.
    private var capacity: Int { entryBytes > 0 ? budgetBytes / entryBytes : 0 }

    /// Whether it keeps anything at all.
    var isUseful: Bool { capacity > 0 || file != nil }

    /// Makes ready for entries of a key.
    /// - Parameters:
    ///   - key: everything that activations depend on but for what the views show.
    ///   - views: everything that the views' numbers depend on; only in memory are views known by their numbers.
    ///   - wantedEntries: how many there may come to be.
    ///   - origin: what a view shows.
    /// - Returns: why nothing is kept on disk although a folder is given; nil where all is well.
    /// - Throws: `TrainingError.cacheUnusable`.
    package func begin(
        key: String, views: String, entryBytes: Int, wantedEntries: Int, origin: @escaping (View) -> Origin
    ) throws -> String? {
        self.origin = origin
        let key = [key, views]
        guard key != self.key || entryBytes != self.entryBytes else { return nil }
        drop()
        (self.key, self.entryBytes) = (key, entryBytes)
        arrived = .allocate(byteCount: entryBytes, alignment: 64)
        guard let disk else { return nil }
        file = try ActivationFile(
            directory: disk.directory, key: key[0], entryBytes: entryBytes, budgetBytes: disk.budgetBytes,
            wantedEntries: wantedEntries)
        return file == nil ? "another run is using it" : nil
    }

    /// How long computing an image takes, as far as that is known.
    package var secondsToCompute: Double?

    /// Whether reading has turned out to take longer than computing; then what is on disk is left there.
    package var isDiskSlow: Bool {
        guard let secondsToCompute, usage.fromDisk >= Self.measuredReads else { return false }
        return usage.diskSeconds / Double(usage.fromDisk) > secondsToCompute
    }

    /// How many entries are read before reading is judged.
    private static let measuredReads = 64

    /// Why nothing more is written to disk; nil as long as all is well.
    var diskFailure: String? { file?.failure }

    package func contains(_ view: View) -> Bool {
        if places[view] != nil { return true }
        guard !isDiskSlow, let file, let identity = identity(view) else { return false }
        return file.contains(identity)
    }

    /// The bytes kept for a view, valid until the next call; nil where there are none, or damaged ones.
    package func take(_ view: View) -> UnsafeRawBufferPointer? {
        if let place = places[view] {
            usage.fromMemory += 1
            return UnsafeRawBufferPointer(start: pointer(to: place), count: entryBytes)
        }
        guard let file, let identity = identity(view) else { return nil }
        let start = ContinuousClock.now
        guard file.read(identity, into: arrived) else { return nil }
        usage.diskSeconds += start.duration(to: .now) / .seconds(1)
        usage.fromDisk += 1
        let entry = UnsafeRawBufferPointer(arrived)
        keepInMemory(entry, view)
        return entry
    }

    /// Keeps a copy, where there is room.
    package func insert(_ activations: UnsafeRawBufferPointer, for view: View) {
        keepInMemory(activations, view)
        if let file, let identity = identity(view) { file.append(activations, for: identity) }
    }

    // MARK: Memory

    private func keepInMemory(_ activations: UnsafeRawBufferPointer, _ view: View) {
        guard places.count < capacity, places[view] == nil, let source = activations.baseAddress else { return }
        let place = places.count
        if place == slabs.count * placesPerSlab {
            slabs.append(.allocate(byteCount: placesPerSlab * entryBytes, alignment: 64))
        }
        pointer(to: place).copyMemory(from: source, byteCount: entryBytes)
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
        arrived.deallocate()
        arrived = UnsafeMutableRawBufferPointer(start: nil, count: 0)
        file = nil
    }

    // MARK: Disk

    /// What names a view for good, by the bytes of its image. Nil for a file that cannot be read.
    private func identity(_ view: View) -> String? {
        let origin = origin(view)
        return digest(origin.content).map { SHA256.hexDigest("\($0) \(origin.drawnFrom ?? "")".utf8) }
    }

    private func digest(_ content: ImageContent) -> String? {
        if let known = digests[content] { return known }
        let digest = content.bytes.map { SHA256.hexDigest($0) }
        digests[content] = .some(digest)
        return digest
    }
}

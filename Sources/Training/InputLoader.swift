import Datasets
import Engine

/// Hands out the images of an epoch as a stage's plan takes them in: as what the frozen prefix yields for them, or as
/// pixels where nothing is frozen.
///
/// What is in the cache is neither decoded nor computed again. All else is gathered, some batches ahead if need be, until it
/// fills a batch of the prefix, so that its plan seldom computes for a few images alone.
final class InputLoader {
    /// A batch and its images as the plan takes them in, one after the other.
    struct Input {
        let batch: Batch
        fileprivate(set) var bytes: [UInt8]
        /// How many images are still to be computed.
        fileprivate var missing = 0
    }

    /// Where images come from and what they are known by.
    struct Source {
        let samples: [Sample]
        let role: DatasetRole
        /// The number of the view that an epoch shows; nil where it never comes again.
        let view: Int?
    }

    private let loader: BatchLoader
    private let prefix: FrozenPrefix?
    private let cache: ActivationCache
    private let source: Source
    private let imageBytes: Int

    /// Batches read ahead, in order, and the number of the first of them.
    private var queue: [Input] = []
    private var firstNumber = 0
    /// The images that wait for the prefix, in order, and their pixels.
    private var waiting: [(batch: Int, row: Int)] = []
    private var pixels: [UInt8] = []

    /// The most batches that are read ahead: early in a network they are large.
    private static let lookAhead = 8

    /// Starts loading at once.
    /// - Parameter prefix: nil for a network of which nothing is frozen.
    init(
        _ source: Source, _ configuration: BatchLoader.Configuration, prefix: FrozenPrefix?, images: ImageCache,
        activations cache: ActivationCache
    ) {
        self.source = source
        self.prefix = prefix
        self.cache = cache
        imageBytes = configuration.side * configuration.side * 3
        loader = BatchLoader(samples: source.samples, configuration: configuration, cache: images) { sample in
            guard prefix != nil, let view = source.view else { return true }
            return !cache.contains(.init(role: source.role, sample: sample, number: view))
        }
    }

    /// The images that could not be read so far.
    var badImages: [BadImage] { loader.badImages }

    /// The next batch; nil at the end of the epoch.
    /// - Throws: as `BatchLoader.next`; `EngineError`.
    func next() throws -> Input? {
        guard let prefix else { return try loader.next().map { Input(batch: $0, bytes: $0.pixels) } }
        while queue.first.map({ $0.missing > 0 }) ?? true {
            if waiting.count < prefix.batch, queue.count < Self.lookAhead, let batch = try loader.next() {
                try enqueue(batch, entryBytes: prefix.cut.byteCount)
            } else if waiting.isEmpty {
                break
            } else {
                try compute(prefix)
            }
        }
        guard !queue.isEmpty else { return nil }
        firstNumber += 1
        return queue.removeFirst()
    }

    /// Takes what the cache has, and puts the other images behind those that wait; an entry may turn out to be damaged.
    private func enqueue(_ batch: Batch, entryBytes: Int) throws {
        var input = Input(batch: batch, bytes: [UInt8](repeating: 0, count: batch.count * entryBytes))
        let number = firstNumber + queue.count
        var known = batch.withoutPixels[...]
        var damaged: [Int] = []
        for row in 0..<batch.count {
            if known.first == row {
                known.removeFirst()
                if let entry = view(batch.indices[row]).flatMap(cache.take) {
                    input.write(entry, row: row)
                } else {
                    damaged.append(row)
                }
            } else {
                input.missing += 1
                waiting.append((number, row))
            }
        }
        if pixels.isEmpty { pixels = batch.pixels } else { pixels += batch.pixels }
        for row in damaged {
            input.missing += 1
            waiting.append((number, row))
            pixels += try loader.pixels(of: batch.indices[row])
        }
        queue.append(input)
    }

    /// Computes the images that have waited longest.
    private func compute(_ prefix: FrozenPrefix) throws {
        let count = min(prefix.batch, waiting.count)
        let computed = try pixels.withUnsafeBytes {
            try prefix.activations(of: UnsafeRawBufferPointer(rebasing: $0[..<(count * imageBytes)]))
        }
        cache.secondsToCompute = prefix.seconds / Double(prefix.imageCount)
        let entryBytes = prefix.cut.byteCount
        for (index, place) in waiting[..<count].enumerated() {
            let entry = UnsafeRawBufferPointer(rebasing: computed[index * entryBytes..<(index + 1) * entryBytes])
            let position = place.batch - firstNumber
            queue[position].write(entry, row: place.row)
            queue[position].missing -= 1
            if let view = view(queue[position].batch.indices[place.row]) { cache.insert(entry, for: view) }
        }
        waiting.removeFirst(count)
        pixels.removeFirst(count * imageBytes)
    }

    private func view(_ sample: Int) -> ActivationCache.View? {
        source.view.map { ActivationCache.View(role: source.role, sample: sample, number: $0) }
    }
}

extension InputLoader.Input {
    fileprivate mutating func write(_ entry: UnsafeRawBufferPointer, row: Int) {
        bytes.withUnsafeMutableBytes {
            UnsafeMutableRawBufferPointer(rebasing: $0[(row * entry.count)...]).copyMemory(from: entry)
        }
    }
}

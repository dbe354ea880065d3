import Foundation

/// Random numbers as a pure function of a key: Philox 4×32-10, the counter-based generator of Salmon, Moraes, Dror and
/// Shaw, “Parallel random numbers: as easy as 1, 2, 3” (SC 2011).
///
/// A stream is named by what it is for (seed, purpose) and where it is used (epoch, sample), so the numbers depend
/// neither on threads nor on how far a run had come before it was resumed.
public struct RandomStream: RandomNumberGenerator, Sendable {
    /// What a stream is drawn for. Raw values are part of the meaning of a seed: never renumber them.
    public enum Purpose: UInt32, Sendable {
        case initialization = 1
        case shuffling = 2
        case augmentation = 3
        case dropout = 4
        case splitting = 5
        case resampling = 6
    }

    private let key: (UInt32, UInt32)
    private let purpose: UInt32
    private let epoch: UInt32
    private let sample: UInt32
    private var block: UInt32 = 0
    private var buffer: (UInt32, UInt32, UInt32, UInt32) = (0, 0, 0, 0)
    private var available = 0

    /// - Parameters:
    ///   - seed: the run's seed.
    ///   - purpose: what the numbers are for.
    ///   - epoch: the epoch, or any other outer index.
    ///   - sample: the sample, or any other inner index.
    public init(seed: UInt64, purpose: Purpose, epoch: Int = 0, sample: Int = 0) {
        key = (UInt32(truncatingIfNeeded: seed), UInt32(truncatingIfNeeded: seed >> 32))
        self.purpose = purpose.rawValue
        self.epoch = UInt32(truncatingIfNeeded: epoch)
        self.sample = UInt32(truncatingIfNeeded: sample)
    }

    /// Four words of Philox 4×32 with ten rounds.
    package static func philox(
        counter: (UInt32, UInt32, UInt32, UInt32), key: (UInt32, UInt32)
    ) -> (UInt32, UInt32, UInt32, UInt32) {
        var (c0, c1, c2, c3) = counter
        var (k0, k1) = key
        for _ in 0..<10 {
            let (high0, low0) = c0.multipliedFullWidth(by: 0xD251_1F53)
            let (high1, low1) = c2.multipliedFullWidth(by: 0xCD9E_8D57)
            (c0, c1, c2, c3) = (high1 ^ c1 ^ k0, low1, high0 ^ c3 ^ k1, low0)
            k0 &+= 0x9E37_79B9
            k1 &+= 0xBB67_AE85
        }
        return (c0, c1, c2, c3)
    }

    /// The next 32 random bits.
    public mutating func nextWord() -> UInt32 {
        if available == 0 {
            buffer = Self.philox(counter: (block, sample, epoch, purpose), key: key)
            block &+= 1
            available = 4
        }
        available -= 1
        switch available {
        case 3: return buffer.0
        case 2: return buffer.1
        case 1: return buffer.2
        default: return buffer.3
        }
    }

    /// What `count` calls of `nextWord` would yield.
    package mutating func words(_ count: Int) -> [UInt32] {
        [UInt32](unsafeUninitializedCapacity: count) { words, initialized in
            while initialized < count, available > 0 {
                words.initializeElement(at: initialized, to: nextWord())
                initialized += 1
            }
            while initialized + 4 <= count {
                let four = Self.philox(counter: (block, sample, epoch, purpose), key: key)
                block &+= 1
                words.initializeElement(at: initialized, to: four.0)
                words.initializeElement(at: initialized + 1, to: four.1)
                words.initializeElement(at: initialized + 2, to: four.2)
                words.initializeElement(at: initialized + 3, to: four.3)
                initialized += 4
            }
            while initialized < count {
                words.initializeElement(at: initialized, to: nextWord())
                initialized += 1
            }
        }
    }

    public mutating func next() -> UInt64 {
        let high = UInt64(nextWord())
        return high << 32 | UInt64(nextWord())
    }

    /// A number in `0..<1`, a multiple of 2⁻²⁴.
    public mutating func uniform() -> Float { Float(nextWord() >> 8) * 0x1p-24 }

    /// A number in `range`, both ends possible after rounding.
    public mutating func uniform(in range: ClosedRange<Double>) -> Double {
        range.lowerBound + Double(next() >> 11) * 0x1p-53 * (range.upperBound - range.lowerBound)
    }

    /// True with probability `p`.
    public mutating func chance(_ p: Double) -> Bool { uniform(in: 0...1) < p }

    /// Standard normal numbers by the Box–Muller transform, one of each pair.
    package mutating func normal() -> Double {
        let radius = Double(next() >> 11) * 0x1p-53
        let angle = Double(next() >> 11) * 0x1p-53
        return (-2 * log1p(-radius)).squareRoot() * cos(2 * .pi * angle)
    }
}

extension RandomStream {
    /// The numbers below `count` in the random order of an epoch, by Fisher's and Yates' shuffle.
    package static func order(count: Int, seed: UInt64, epoch: Int) -> [Int] {
        var stream = RandomStream(seed: seed, purpose: .shuffling, epoch: epoch)
        var order = Array(0..<count)
        for last in order.indices.dropFirst().reversed() {
            // The high word of a product is uniform below `last + 1` up to 2⁻⁶⁴ · count.
            let chosen = Int(stream.next().multipliedFullWidth(by: UInt64(last + 1)).high)
            order.swapAt(last, chosen)
        }
        return order
    }
}

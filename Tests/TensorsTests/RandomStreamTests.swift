import Tensors
import Testing

@Suite struct RandomStreamTests {
    /// Known answers from the Random123 distribution (`kat_vectors`, philox4x32 with 10 rounds).
    @Test func philoxMatchesPublishedVectors() {
        #expect(
            RandomStream.philox(counter: (0, 0, 0, 0), key: (0, 0)) == (
                0x6627_e8d5, 0xe169_c58d, 0xbc57_ac4c, 0x9b00_dbd8
            ))
        let ones = UInt32.max
        #expect(
            RandomStream.philox(counter: (ones, ones, ones, ones), key: (ones, ones))
                == (0x408f_276d, 0x41c8_3b0e, 0xa20b_c7c6, 0x6d54_51fd))
        #expect(
            RandomStream.philox(
                counter: (0x243f_6a88, 0x85a3_08d3, 0x1319_8a2e, 0x0370_7344), key: (0xa409_3822, 0x299f_31d0))
                == (0xd16c_fe09, 0x94fd_cceb, 0x5001_e420, 0x2412_6ea1))
    }

    @Test func streamsDifferByEveryPartOfTheirKey() {
        func first(_ seed: UInt64, _ purpose: RandomStream.Purpose, _ epoch: Int, _ sample: Int) -> UInt64 {
            var stream = RandomStream(seed: seed, purpose: purpose, epoch: epoch, sample: sample)
            return stream.next()
        }
        let streams = [
            first(1, .shuffling, 0, 0), first(2, .shuffling, 0, 0), first(1, .dropout, 0, 0),
            first(1, .shuffling, 1, 0), first(1, .shuffling, 0, 1), first(1 << 32 | 1, .shuffling, 0, 0),
        ]
        #expect(Set(streams).count == streams.count)
    }

    @Test func manyWordsAreThoseOneByOne() {
        for before in 0..<5 {
            var (one, many) = (
                RandomStream(seed: 3, purpose: .augmentation), RandomStream(seed: 3, purpose: .augmentation)
            )
            for _ in 0..<before { #expect(one.nextWord() == many.nextWord()) }
            for count in [0, 1, 3, 4, 9, 2, 64] {
                #expect(many.words(count) == (0..<count).map { _ in one.nextWord() })
            }
        }
    }

    @Test func uniformAndNormalHaveTheirMoments() {
        var stream = RandomStream(seed: 7, purpose: .initialization)
        let count = 100_000
        var sum = 0.0
        var normalSum = 0.0
        var normalSquares = 0.0
        for _ in 0..<count {
            let value = Double(stream.uniform())
            #expect((0..<1).contains(value))
            sum += value
            let normal = stream.normal()
            normalSum += normal
            normalSquares += normal * normal
        }
        #expect(abs(sum / Double(count) - 0.5) < 0.005)
        #expect(abs(normalSum / Double(count)) < 0.02)
        #expect(abs(normalSquares / Double(count) - 1) < 0.02)
    }

    @Test func ordersOfEpochsAndSeedsDiffer() {
        let orders = [(7, 2), (7, 3), (8, 2)].map { RandomStream.order(count: 50, seed: $0, epoch: $1) }
        #expect(Set(orders).count == 3)
        #expect(orders.allSatisfy { $0.sorted() == Array(0..<50) })
        #expect(RandomStream.order(count: 0, seed: 1, epoch: 1).isEmpty)
        // Recorded: an order must not change between versions.
        #expect(RandomStream.order(count: 8, seed: 42, epoch: 1) == [4, 2, 6, 1, 5, 3, 0, 7])
    }
}

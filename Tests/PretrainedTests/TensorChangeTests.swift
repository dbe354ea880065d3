import Foundation
import Pretrained
import TestSupport
import Testing

@Suite struct TensorChangeTests {
    /// By NumPy, in float64.
    private struct Figures: Decodable {
        let differing: Int
        let absolute: Double
        let relative: Double
        let norm: Double
    }

    private let a = formula("a", count: 1000, low: -1, high: 1)
    private let c = formula("c", count: 1000, low: 0.5, high: 1)
    private let d = formula("d", count: 1000, low: 0.5, high: 1)
    private var b: [Float] {
        let b = formula("b", count: 1000, low: -1, high: 1)
        return a.indices.map { $0 % 3 == 0 ? b[$0] : a[$0] }
    }

    private func expect(_ change: TensorChange, _ figures: Figures?) throws {
        let figures = try #require(figures)
        #expect(change.differing == figures.differing && !change.isEqual)
        #expect(change.absolute == figures.absolute && change.relative == figures.relative)
        #expect(abs(change.norm / figures.norm - 1) < 1e-12)
    }

    @Test func figuresAreNumPys() throws {
        let goldens: [String: Figures] = try readJSON("weights/comparison.json")
        var change = TensorChange(from: a, to: b)
        try expect(change, goldens["a to b"])
        let other = TensorChange(from: c, to: d)
        try expect(other, goldens["c to d"])
        change.add(other)
        try expect(change, goldens["both"])
        #expect(change.count == 2000)
    }

    @Test func equalNumbersAreEqualBitForBit() {
        let change = TensorChange(from: a, to: a)
        #expect(change.isEqual && change.absolute == 0 && change.relative == 0 && change.norm == 0)
        let signs = TensorChange(from: [0, 1], to: [-0.0, 1])
        #expect(signs.differing == 1 && signs.absolute == 0 && signs.relative == 0 && signs.norm == 0)
        #expect(TensorChange(from: [.nan], to: [.nan]).isEqual)
    }

    @Test(
        arguments: [
            ([1, .nan], [1, 2]), ([1, 2], [.infinity, 2]), ([-.infinity, 1], [.infinity, 1]),
            ([.nan, 1], [.nan, .nan]),
        ] as [([Float], [Float])])
    func whatIsNoNumberIsInfinitelyFar(first: [Float], second: [Float]) {
        let change = TensorChange(from: first, to: second)
        #expect(change.differing == 1)
        #expect(change.absolute == .infinity && change.relative == .infinity && change.norm == .infinity)
    }

    @Test func whatWasNothingHasNoNorm() {
        let change = TensorChange(from: [0, 0], to: [0, 0.25])
        #expect(change.absolute == 0.25 && change.relative == 1 && change.norm == .infinity)
    }
}

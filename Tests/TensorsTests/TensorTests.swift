import Tensors
import Testing

@Suite struct TensorTests {
    @Test func transposingMovesEveryAxis() {
        let tensor = Tensor(shape: [2, 3, 4], values: (0..<24).map(Float.init))
        let moved = tensor.transposed([2, 0, 1])
        #expect(moved.shape == [4, 2, 3])
        for a in 0..<2 {
            for b in 0..<3 {
                for c in 0..<4 { #expect(moved.values[c * 6 + a * 3 + b] == Float(a * 12 + b * 4 + c)) }
            }
        }
        #expect(moved.transposed([1, 2, 0]) == tensor)
    }

    @Test func scalarsAndEmptyTensorsTranspose() {
        #expect(Tensor(shape: [], values: [3]).transposed([]).values == [3])
        #expect(Tensor(shape: [0, 2]).transposed([1, 0]).shape == [2, 0])
    }
}

import Networks
import Tensors

/// Which axis of a weight means what. H×W is the kernel, I inputs, O outputs.
package enum AxisOrder: Sendable {
    /// Convolutions O×H×W×I, linear layers O×(H·W·I).
    case own
    /// Convolutions H×W×I×O, depthwise ones H×W×O×1, linear layers (H·W·I)×O.
    case keras
    /// Convolutions O×I×H×W, linear layers O×(I·H·W).
    case torch

    /// The shape in which a file of this order stores a parameter of `shape`.
    package func storedShape(of parameter: ParameterDescription) -> [Int] {
        let shape = parameter.shape
        switch (self, shape.count) {
        case (.keras, 4) where shape[3] == 1: return [shape[1], shape[2], shape[0], 1]
        case (.keras, 4): return [shape[1], shape[2], shape[3], shape[0]]
        case (.keras, 2): return [shape[1], shape[0]]
        case (.torch, 4): return [shape[0], shape[3], shape[1], shape[2]]
        default: return shape
        }
    }

    /// Whether a stored shape suits a parameter. PyTorch's linear layers may be stored as convolutions (timm's VGG), Keras'
    /// convolutions of one channel like any other: their numbers lie in the same order.
    func accepts(_ stored: [Int], for parameter: ParameterDescription) -> Bool {
        if stored == storedShape(of: parameter) { return true }
        let shape = parameter.shape
        switch (self, shape.count, stored.count) {
        case (.torch, 2, 4): return stored[0] == shape[0] && stored.product == shape.product
        case (.keras, 4, 4): return shape[3] == 1 && stored == [shape[1], shape[2], 1, shape[0]]
        default: return false
        }
    }

    /// Copies stored values into a parameter's memory in our order.
    ///
    /// Each change of order is a transposition of matrices: Keras' (H·W·I)×O becomes O×(H·W·I), and within each output
    /// PyTorch's I×(H·W) becomes (H·W)×I.
    /// - Parameter positions: for a linear layer, the number of H·W positions that its inputs cover.
    func copy(
        _ values: UnsafeBufferPointer<Float>, to buffer: UnsafeMutableBufferPointer<Float>, shape: [Int], positions: Int
    ) {
        precondition(values.count == buffer.count, "stored and described sizes differ")
        guard let outputs = shape.first, shape.count > 1, outputs > 0 else {
            _ = buffer.update(fromContentsOf: values)
            return
        }
        let inputs = buffer.count / outputs
        switch self {
        case .own:
            _ = buffer.update(fromContentsOf: values)
        case .keras:
            transpose(values, to: buffer, matrices: 1, rows: inputs, columns: outputs)
        case .torch:
            let window = shape.count == 4 ? shape[1] * shape[2] : positions
            transpose(values, to: buffer, matrices: outputs, rows: inputs / window, columns: window)
        }
    }

    /// Transposes matrices one after the other, in tiles that stay in the cache.
    private func transpose(
        _ source: UnsafeBufferPointer<Float>, to destination: UnsafeMutableBufferPointer<Float>, matrices: Int,
        rows: Int, columns: Int
    ) {
        if rows == 1 || columns == 1 {
            _ = destination.update(fromContentsOf: source)
            return
        }
        let tile = 32
        for base in stride(from: 0, to: matrices * rows * columns, by: rows * columns) {
            for firstRow in stride(from: 0, to: rows, by: tile) {
                for firstColumn in stride(from: 0, to: columns, by: tile) {
                    for column in firstColumn..<min(firstColumn + tile, columns) {
                        for row in firstRow..<min(firstRow + tile, rows) {
                            destination[base + column * rows + row] = source[base + row * columns + column]
                        }
                    }
                }
            }
        }
    }
}

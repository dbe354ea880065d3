/// A dense array of 32-bit floats in row-major order: the last axis is contiguous.
///
/// Weights, features and tables travel between modules as tensors; what the engine computes in between stays in its own
/// memory. An empty `shape` is a scalar.
public struct Tensor: Equatable, Sendable {
    /// The size of each axis, outermost first.
    public let shape: [Int]
    /// The elements, `shape.product` of them.
    public var values: [Float]

    /// Wraps `values`; their number must be the product of `shape`.
    public init(shape: [Int], values: [Float]) {
        precondition(values.count == shape.product, "\(values.count) values do not fill the shape \(shape)")
        self.shape = shape
        self.values = values
    }

    /// A tensor filled with one value.
    public init(shape: [Int], repeating value: Float = 0) {
        self.init(shape: shape, values: Array(repeating: value, count: shape.product))
    }

    /// The number of elements.
    public var count: Int { values.count }
}

extension Tensor {
    /// The same elements with axis `order[i]` of this tensor as axis `i` of the result (NumPy's `transpose`).
    package func transposed(_ order: [Int]) -> Tensor {
        precondition(order.sorted() == Array(shape.indices), "\(order) is no permutation of the axes of \(shape)")
        let newShape = order.map { shape[$0] }
        var strides = [Int](repeating: 1, count: shape.count)
        for axis in shape.indices.dropLast().reversed() { strides[axis] = strides[axis + 1] * shape[axis + 1] }
        let newStrides = order.map { strides[$0] }
        var result = [Float](repeating: 0, count: count)
        if count > 0 {
            values.withUnsafeBufferPointer { source in
                result.withUnsafeMutableBufferPointer { destination in
                    var index = [Int](repeating: 0, count: newShape.count)
                    let inner = newShape.last ?? 1
                    let innerStride = newStrides.last ?? 1
                    var position = 0
                    while position < destination.count {
                        var offset = 0
                        for axis in index.indices.dropLast() { offset += index[axis] * newStrides[axis] }
                        for i in 0..<inner { destination[position + i] = source[offset + i * innerStride] }
                        position += inner
                        var axis = index.count - 2
                        while axis >= 0 {
                            index[axis] += 1
                            if index[axis] < newShape[axis] { break }
                            index[axis] = 0
                            axis -= 1
                        }
                    }
                }
            }
        }
        return Tensor(shape: newShape, values: result)
    }

    /// The same elements under another shape of equal size.
    package func reshaped(_ newShape: [Int]) -> Tensor { Tensor(shape: newShape, values: values) }
}

extension Sequence<Int> {
    /// The product of all elements; 1 for none.
    package var product: Int { reduce(1, *) }
}

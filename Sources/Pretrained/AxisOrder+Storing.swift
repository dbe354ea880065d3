import Networks
import Tensors

extension AxisOrder {
    /// A parameter as a file of this order stores it, which `copy` turns back into ours.
    /// - Parameter positions: for a linear layer, the number of H·W positions that its inputs cover.
    package func stored(_ parameter: ParameterDescription, of store: ParameterStore, positions: Int) -> Tensor {
        let shape = parameter.shape
        let tensor = Tensor(shape: shape, values: Array(store[parameter.name]))
        switch (self, shape.count) {
        case (.keras, 4): return tensor.transposed(shape[3] == 1 ? [1, 2, 0, 3] : [1, 2, 3, 0])
        case (.keras, 2): return tensor.transposed([1, 0])
        case (.torch, 4): return tensor.transposed([0, 3, 1, 2])
        case (.torch, 2) where positions > 1:
            return tensor.reshaped([shape[0], positions, shape[1] / positions]).transposed([0, 2, 1]).reshaped(shape)
        default: return tensor
        }
    }
}

import Archives
import Networks

/// A classifier with one output, whose sigmoid is the probability of class 1: as the logits 0 and z of two classes, whose
/// softmax is the same.
struct SigmoidHead {
    let file: WeightFile
    /// What feeds the one output: its weights, and its bias where it has one.
    let tensors: [TensorEntry]

    /// Fills the layer that yields the logits, which has two outputs.
    /// - Parameter positions: the number of H·W positions that its inputs cover.
    /// - Throws: `WeightError` where the tensors do not fit, or hold no numbers.
    func fill(_ store: ParameterStore, of classifier: Node, positions: Int) throws {
        let (weight, bias) = (store["\(classifier.name).weight"], store["\(classifier.name).bias"])
        // The first row stays zero.
        let row = UnsafeMutableBufferPointer(rebasing: weight[(weight.count / 2)...])
        for entry in tensors {
            let isBias = entry.shape.count == 1
            let tensor = try file.tensor(entry, as: isBias ? .bias : .weight)
            guard tensor.values.count == (isBias ? 1 : row.count) else {
                throw WeightError(
                    path: file.path,
                    reason: "`\(entry.name)` is \(entry.shape.timesList), which is not what one output needs")
            }
            if isBias {
                bias[1] = tensor.values[0]
            } else {
                tensor.values.withUnsafeBufferPointer {
                    file.layout.axes.copy($0, to: row, shape: [1, row.count], positions: positions)
                }
            }
        }
    }
}

import Archives
import Networks
import Tensors

/// Computes the linear layers of a head from the tensors of a Keras model: batch norms are folded in, and one sigmoid
/// becomes the logits 0 and z of two classes, whose softmax is the same.
struct KerasHeadWeights {
    let file: WeightFile
    let head: KerasHead
    /// The file's layers, by index, behind each layer of the graph.
    let sources: [Int: Int]

    /// Scale and shift of each number in a row.
    private struct Affine {
        let scale: [Double]
        let shift: [Double]
    }

    /// The tensors behind each linear layer.
    func tensors(of linear: KerasHead.Linear) -> [TensorEntry] {
        ([linear.dense] + (linear.before + linear.after).map(\.layer)).flatMap { layer in
            sources[layer].map { file.layers[$0].tensors.map(\.entry) } ?? []
        }
    }

    /// Makes sure that the linear layers have the weights that a network needs, so that it is given no more memory than
    /// the file has numbers.
    /// - Parameter nodes: their names, one for each linear layer of the head.
    /// - Throws: `WeightError` where weights are missing or misshapen.
    func check(for network: Network, nodes: [String]) throws {
        for (linear, node) in zip(head.linears, nodes) {
            guard let shape = network.parameters.first(where: { $0.name == "\(node).weight" })?.shape else { continue }
            _ = try entry(.weight, of: linear.dense, shape: [shape[1], linear.units])
        }
    }

    /// Fills the linear layers of a network.
    /// - Parameter nodes: their names, one for each linear layer of the head.
    /// - Throws: `WeightError` where a tensor is missing, misshapen or holds no numbers.
    func fill(_ store: ParameterStore, nodes: [String]) throws {
        for (linear, node) in zip(head.linears, nodes) {
            let isSigmoid = head.output == .sigmoid && linear == head.linears.last
            let (weight, bias) = (store["\(node).weight"], store["\(node).bias"])
            let inputs = isSigmoid ? weight.count / 2 : weight.count / bias.count
            // The first of the two rows stays zero.
            let rows = isSigmoid ? 1..<2 : 0..<bias.count
            try fill(
                linear,
                UnsafeMutableBufferPointer(rebasing: weight[rows.lowerBound * inputs..<rows.upperBound * inputs]),
                UnsafeMutableBufferPointer(rebasing: bias[rows]))
        }
    }

    private func fill(
        _ linear: KerasHead.Linear, _ weight: UnsafeMutableBufferPointer<Float>,
        _ bias: UnsafeMutableBufferPointer<Float>
    ) throws {
        let (outputs, inputs) = (bias.count, weight.count / bias.count)
        let kernel = try tensor(.weight, of: linear.dense, shape: [inputs, outputs])
        kernel.values.withUnsafeBufferPointer {
            AxisOrder.keras.copy($0, to: weight, shape: [outputs, inputs], positions: 1)
        }
        var shifts = [Double](repeating: 0, count: outputs)
        if linear.hasBias {
            shifts = try tensor(.bias, of: linear.dense, shape: [outputs]).values.map { Double($0) }
        }
        // The last of several norms before the layer is the one that it reads.
        for norm in linear.before.reversed() {
            fold(try affine(norm, sizes: inputs), before: weight, &shifts)
        }
        for norm in linear.after {
            let affine = try affine(norm, sizes: outputs)
            for output in 0..<outputs {
                scale(weight, row: output, inputs: inputs) { _ in affine.scale[output % affine.scale.count] }
                shifts[output] =
                    shifts[output] * affine.scale[output % affine.scale.count]
                    + affine.shift[output % affine.shift.count]
            }
        }
        for output in 0..<outputs { bias[output] = Float(shifts[output]) }
    }

    /// W·(s∘x + t) + b is (W∘s)·x + (W·t + b).
    private func fold(_ affine: Affine, before weight: UnsafeMutableBufferPointer<Float>, _ shifts: inout [Double]) {
        let (outputs, inputs) = (shifts.count, weight.count / shifts.count)
        let channels = affine.scale.count
        for output in 0..<outputs {
            var sum = 0.0
            for input in 0..<inputs { sum += Double(weight[output * inputs + input]) * affine.shift[input % channels] }
            shifts[output] += sum
            scale(weight, row: output, inputs: inputs) { affine.scale[$0 % channels] }
        }
    }

    private func scale(
        _ weight: UnsafeMutableBufferPointer<Float>, row: Int, inputs: Int, by factor: (_ input: Int) -> Double
    ) {
        for input in 0..<inputs {
            weight[row * inputs + input] = Float(Double(weight[row * inputs + input]) * factor(input))
        }
    }

    /// What a batch norm does to each number; one that stood before the pooling knows channels, whose positions follow
    /// each other in a flattened row.
    private func affine(_ norm: KerasHead.Norm, sizes count: Int) throws -> Affine {
        let own = try source(of: norm.layer)
        let size = own.tensors.first?.entry.shape.first ?? 0
        guard size > 0, count % size == 0 else {
            throw WeightError(
                path: file.path, reason: "the batch norm `\(own.name)` is of \(size) numbers, not \(count)")
        }
        func values(_ role: ParameterDescription.Role) throws -> [Double] {
            try tensor(role, of: norm.layer, shape: [size]).values.map { Double($0) }
        }
        let (gamma, beta) = (try values(.scale), try values(.shift))
        let (mean, variance) = (try values(.mean), try values(.variance))
        let scale = zip(gamma, variance).map { $0 / ($1 + norm.epsilon).squareRoot() }
        return Affine(scale: scale, shift: (0..<size).map { beta[$0] - mean[$0] * scale[$0] })
    }

    private func source(of layer: Int) throws -> SourceLayer {
        guard let index = sources[layer] else {
            throw WeightError(path: file.path, reason: "holds no tensors of a layer of its head")
        }
        return file.layers[index]
    }

    private func tensor(_ role: ParameterDescription.Role, of layer: Int, shape: [Int]) throws -> Tensor {
        try file.tensor(entry(role, of: layer, shape: shape), as: role)
    }

    private func entry(_ role: ParameterDescription.Role, of layer: Int, shape: [Int]) throws -> TensorEntry {
        let own = try source(of: layer)
        guard let entry = own.tensors.first(where: { $0.role == role })?.entry else {
            throw WeightError(
                path: file.path, reason: "lacks a tensor of its layer `\(own.name)`: its \(role.rawValue)")
        }
        guard entry.shape == shape else {
            throw WeightError(
                path: file.path,
                reason: "`\(entry.name)` is \(entry.shape.timesList), but its layer needs \(shape.timesList)")
        }
        return entry
    }
}

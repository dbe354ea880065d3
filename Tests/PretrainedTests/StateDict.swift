import Archives
import Networks
import Tensors
import TestSupport

/// A CIFAR ResNet's state dict as PyTorch has it, for tests to spoil.
struct StateDict {
    var tensors: [String: Tensor] = [:]

    /// The keys and axis order of PyTorch, the numbers of the formula under our names.
    init(_ architecture: Architecture = .resNet20, classCount: Int = 10) {
        let network = architecture.network(.init(classCount: classCount))
        let store = ParameterStore(network)
        FormulaWeights.fill(store)
        for parameter in network.parameters {
            guard let tensor = store.tensor(parameter.name) else { continue }
            tensors[Self.key(parameter.name)] =
                tensor.shape.count == 4 ? tensor.transposed([0, 3, 1, 2]) : tensor
        }
    }

    /// `layer1.block2.norm1.scale` is `layer1.1.bn1.weight`.
    private static func key(_ name: String) -> String {
        let roles = ["scale": "weight", "shift": "bias", "mean": "running_mean", "variance": "running_var"]
        var parts = name.split(separator: ".").map(String.init)
        let role = parts.removeLast()
        switch parts.first {
        case "stem": parts = [parts[1] == "conv" ? "conv1" : "bn1"]
        case "head": parts = ["linear"]
        default:
            let block = (Int(parts[1].dropFirst("block".count)) ?? 0) - 1
            parts = [parts[0], String(block), parts[2].replacing("norm", with: "bn")]
        }
        return (parts + [roles[role] ?? role]).joined(separator: ".")
    }

    func write(to path: String) throws {
        let writer = try HDF5Writer(path: path)
        for (key, tensor) in tensors.sorted(by: { $0.key < $1.key }) { try writer.write(key, tensor) }
        try writer.close()
    }
}

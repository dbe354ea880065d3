import Archives
import Networks
import Pretrained
import Tensors
import TestSupport
import Testing

/// A file of Keras weights lists its layers. One that nobody here knows leaves the answers in doubt, whatever it calls itself.
@Suite struct KerasOutlineTests {
    private let folder: TemporaryDirectory
    init() throws { folder = try TemporaryDirectory() }

    /// A ResNet-20 for ten classes under the names of Keras' applications, with one more layer that has no tensors.
    private func head(with extra: String) throws -> HeadOrigin {
        let path = folder.file("weights.h5")
        let network = Architecture.resNet20.network(.init(classCount: 10))
        // Of several names for a node the longest is today's.
        let names = Dictionary(
            Architecture.resNet20.nodes(namedBy: .keras).map { ($0.value, $0.key) },
            uniquingKeysWith: { $0.count > $1.count ? $0 : $1 })
        let fields: [ParameterDescription.Role: String] = [
            .weight: "kernel", .bias: "bias", .scale: "gamma", .shift: "beta", .mean: "moving_mean",
            .variance: "moving_variance",
        ]
        let writer = try HDF5Writer(path: path)
        var layers = ["input_1"]
        for node in network.nodes where !node.parameters.isEmpty {
            let layer = try #require(names[node.name])
            layers.append(layer)
            try writer.group(layer)
            let keys = try node.parameters.map { "\(layer)/\(try #require(fields[$0.role])):0" }
            try writer.setAttribute("weight_names", of: layer, to: keys)
            for (parameter, key) in zip(node.parameters, keys) {
                var shape = parameter.shape
                if shape.count > 1 { shape = Array(shape[1...] + [shape[0]]) }
                try writer.write(
                    "\(layer)/\(key)", Tensor(shape: shape, values: Array(repeating: 1, count: shape.product)))
            }
        }
        for layer in ["avg_pool", extra] {
            layers.append(layer)
            try writer.group(layer)
        }
        try writer.group("input_1")
        try writer.setAttribute("layer_names", to: layers)
        try writer.close()
        var options = ImportOptions(architecture: .resNet20)
        options.activation = .softmax
        options.preprocessing = .torch
        return try Model.importing(path, options).report.head
    }

    @Test(arguments: [
        "conv1_relu", "conv2_block1_out", "conv4_block2_add", "dropout", "resnet50", "mobilenetv2_1.00_224",
    ])
    func knownLayersLeaveNoDoubt(_ layer: String) throws { #expect(try head(with: layer) == .file) }

    @Test(arguments: ["attention_out", "gate_relu", "head_pad", "resnet50_gate", "stack_add"])
    func othersDo(_ layer: String) throws {
        guard case .doubtful(let doubt) = try head(with: layer) else {
            Issue.record("\(layer) is taken for a layer of the network")
            return
        }
        #expect(doubt.contains("it has a layer `\(layer)`"))
    }
}

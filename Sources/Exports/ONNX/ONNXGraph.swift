import Tensors

/// The type of the numbers of a tensor, by ONNX's number of it.
package enum ONNXElement: Int {
    case float = 1
    case uint8 = 2
    case int64 = 7
    case double = 11
}

/// A property of an ONNX operator.
enum ONNXAttribute {
    case integer(Int)
    case integers([Int])
    case float(Float)
    case text(String)

    /// The field that holds it, and its `type`, are in onnx.proto: `AttributeProto`.
    func message(_ name: String) -> ProtobufMessage {
        var message = ProtobufMessage()
        message.add(1, name)
        switch self {
        case .float(let value):
            message.add(2, value)
            message.add(20, 1)
        case .integer(let value):
            message.add(3, value)
            message.add(20, 2)
        case .text(let value):
            message.add(4, value)
            message.add(20, 3)
        case .integers(let values):
            for value in values { message.add(8, value) }
            message.add(20, 7)
        }
        return message
    }
}

/// A graph of ONNX in the making; numbers of fields are those of onnx.proto.
package struct ONNXGraph {
    private var nodes: [ProtobufMessage] = []
    private var initializers: [ProtobufMessage] = []
    private var inputs: [ProtobufMessage] = []
    private var outputs: [ProtobufMessage] = []

    package init() {}

    /// Appends an operator with one output.
    /// - Parameters:
    ///   - inputs: names of values; empty for one that is left out.
    ///   - output: the name of the value that it yields, and its own.
    /// - Returns: `output`.
    @discardableResult
    mutating func add(
        _ type: String, _ inputs: [String], _ output: String, _ attributes: KeyValuePairs<String, ONNXAttribute> = [:]
    ) -> String {
        var node = ProtobufMessage()
        for input in inputs { node.add(1, input) }
        node.add(2, output)
        node.add(3, output)
        node.add(4, type)
        for (name, attribute) in attributes { node.add(5, attribute.message(name)) }
        nodes.append(node)
        return output
    }

    /// Adds an array that is computed while it is written.
    @discardableResult
    mutating func addArray(_ name: String, shape: [Int], _ values: @escaping () -> [Float]) -> String {
        var tensor = Self.tensor(name, shape, .float)
        tensor.add(9, count: shape.product, values)
        initializers.append(tensor)
        return name
    }

    @discardableResult
    mutating func addArray(_ name: String, shape: [Int], _ values: [Float]) -> String {
        addArray(name, shape: shape) { values }
    }

    /// Adds a list of whole numbers.
    @discardableResult
    mutating func addList(_ name: String, _ values: [Int]) -> String {
        var tensor = Self.tensor(name, [values.count], .int64)
        tensor.add(9, values.map { Int64($0).littleEndian }.withUnsafeBytes { Array($0) })
        initializers.append(tensor)
        return name
    }

    /// Adds one number of 64 bits.
    @discardableResult
    mutating func addNumber(_ name: String, _ value: Double) -> String {
        var tensor = Self.tensor(name, [], .double)
        tensor.add(9, withUnsafeBytes(of: value.bitPattern.littleEndian) { Array($0) })
        initializers.append(tensor)
        return name
    }

    /// Names a value that the graph takes; the first axis, images, is of any size.
    package mutating func addInput(_ name: String, _ element: ONNXElement, _ shape: [Int]) {
        inputs.append(Self.value(name, element, shape))
    }

    /// Names a value that the graph yields; the first axis, images, is of any size.
    package mutating func addOutput(_ name: String, _ element: ONNXElement, _ shape: [Int]) {
        outputs.append(Self.value(name, element, shape))
    }

    /// `GraphProto`.
    func message(_ name: String) -> ProtobufMessage {
        var graph = ProtobufMessage()
        for node in nodes { graph.add(1, node) }
        graph.add(2, name)
        for initializer in initializers { graph.add(5, initializer) }
        for input in inputs { graph.add(11, input) }
        for output in outputs { graph.add(12, output) }
        return graph
    }

    /// `TensorProto` without its numbers.
    private static func tensor(_ name: String, _ shape: [Int], _ element: ONNXElement) -> ProtobufMessage {
        var tensor = ProtobufMessage()
        for size in shape { tensor.add(1, size) }
        tensor.add(2, element.rawValue)
        tensor.add(8, name)
        return tensor
    }

    /// `ValueInfoProto`, and in it `TypeProto`, `TypeProto.Tensor`, `TensorShapeProto` and its dimensions.
    private static func value(_ name: String, _ element: ONNXElement, _ shape: [Int]) -> ProtobufMessage {
        var images = ProtobufMessage()
        images.add(2, "N")
        var sizes = ProtobufMessage()
        sizes.add(1, images)
        for size in shape {
            var dimension = ProtobufMessage()
            dimension.add(1, size)
            sizes.add(1, dimension)
        }
        var tensor = ProtobufMessage()
        tensor.add(1, element.rawValue)
        tensor.add(2, sizes)
        var type = ProtobufMessage()
        type.add(1, tensor)
        var value = ProtobufMessage()
        value.add(1, name)
        value.add(2, type)
        return value
    }
}

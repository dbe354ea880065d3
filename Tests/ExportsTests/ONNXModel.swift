/// A file of ONNX taken apart, as far as tests look.
struct ONNXModel {
    struct Node {
        var type = ""
        var inputs: [String] = []
        var outputs: [String] = []
        var integers: [String: [Int]] = [:]
        var floats: [String: Float] = [:]
    }

    struct Array {
        var shape: [Int] = []
        var element = 0
        var bytes: [UInt8] = []

        var floats: [Float] {
            bytes.withUnsafeBytes { bytes in
                stride(from: 0, to: bytes.count, by: 4).map { bytes.loadUnaligned(fromByteOffset: $0, as: Float.self) }
            }
        }
    }

    struct Value: Equatable {
        var name = ""
        var element = 0
        /// Numbers, or the name of a size that is not fixed.
        var shape: [String] = []
    }

    private(set) var opset = 0
    private(set) var formatVersion = 0
    private(set) var nodes: [Node] = []
    private(set) var arrays: [String: Array] = [:]
    private(set) var inputs: [Value] = []
    private(set) var outputs: [Value] = []
    private(set) var facts: [String: String] = [:]

    init(_ bytes: [UInt8]) throws {
        for field in try ProtobufField.all(in: bytes) {
            switch field.number {
            case 1: formatVersion = field.integer
            case 7: try readGraph(field.bytes)
            case 8: opset = try ProtobufField.all(in: field.bytes).first { $0.number == 2 }?.integer ?? 0
            case 14:
                let pair = try ProtobufField.all(in: field.bytes).map(\.text)
                facts[pair[0]] = pair[1]
            default: break
            }
        }
    }

    private mutating func readGraph(_ bytes: [UInt8]) throws {
        for field in try ProtobufField.all(in: bytes) {
            switch field.number {
            case 1: nodes.append(try Self.node(field.bytes))
            case 5:
                let (name, array) = try Self.array(field.bytes)
                arrays[name] = array
            case 11: inputs.append(try Self.value(field.bytes))
            case 12: outputs.append(try Self.value(field.bytes))
            default: break
            }
        }
    }

    private static func node(_ bytes: [UInt8]) throws -> Node {
        var node = Node()
        for field in try ProtobufField.all(in: bytes) {
            switch field.number {
            case 1: node.inputs.append(field.text)
            case 2: node.outputs.append(field.text)
            case 4: node.type = field.text
            case 5:
                let fields = try ProtobufField.all(in: field.bytes)
                let name = fields.first { $0.number == 1 }?.text ?? ""
                node.integers[name] = fields.filter { $0.number == 3 || $0.number == 8 }.map(\.integer)
                node.floats[name] = fields.first { $0.number == 2 }.map { Float(bitPattern: UInt32($0.integer)) }
            default: break
            }
        }
        return node
    }

    private static func array(_ bytes: [UInt8]) throws -> (String, Array) {
        var (name, array) = ("", Array())
        for field in try ProtobufField.all(in: bytes) {
            switch field.number {
            case 1: array.shape.append(field.integer)
            case 2: array.element = field.integer
            case 8: name = field.text
            case 9: array.bytes = field.bytes
            default: break
            }
        }
        return (name, array)
    }

    private static func value(_ bytes: [UInt8]) throws -> Value {
        var value = Value()
        for field in try ProtobufField.all(in: bytes) {
            guard field.number == 2 else {
                value.name = field.text
                continue
            }
            let tensor = try ProtobufField.all(in: ProtobufField.all(in: field.bytes)[0].bytes)
            value.element = tensor[0].integer
            value.shape = try ProtobufField.all(in: tensor[1].bytes).map { dimension in
                let size = try ProtobufField.all(in: dimension.bytes)[0]
                return size.number == 2 ? size.text : String(size.integer)
            }
        }
        return value
    }
}

/// One field of a message of Protocol Buffers.
struct ProtobufField {
    struct Damage: Error {}

    let number: Int
    let integer: Int
    let bytes: [UInt8]

    var text: String { String(decoding: bytes, as: UTF8.self) }

    static func all(in bytes: [UInt8]) throws -> [ProtobufField] {
        var position = 0
        func varint() throws -> Int {
            var value: UInt64 = 0
            for shift in stride(from: 0, to: 70, by: 7) {
                guard position < bytes.count else { throw Damage() }
                let byte = bytes[position]
                position += 1
                value |= UInt64(byte & 0x7F) << UInt64(shift)
                if byte < 0x80 { return Int(truncatingIfNeeded: value) }
            }
            throw Damage()
        }
        func take(_ count: Int) throws -> [UInt8] {
            guard count >= 0, count <= bytes.count - position else { throw Damage() }
            defer { position += count }
            return Swift.Array(bytes[position..<position + count])
        }
        var fields: [ProtobufField] = []
        while position < bytes.count {
            let key = try varint()
            switch key & 7 {
            case 0: fields.append(.init(number: key >> 3, integer: try varint(), bytes: []))
            case 2: fields.append(.init(number: key >> 3, integer: 0, bytes: try take(try varint())))
            case 5:
                let value = try take(4).reversed().reduce(0) { $0 << 8 | Int($1) }
                fields.append(.init(number: key >> 3, integer: value, bytes: []))
            default: throw Damage()
            }
        }
        return fields
    }
}

import Files
import Glibc

/// The weights of a network in ONNX: the initialisers of its graph, other names that `Identity` nodes give them, and the
/// values of its `Constant` nodes.
///
/// https://github.com/onnx/onnx/blob/main/onnx/onnx.proto
struct ONNXInitializers {
    private let file: MappedFile
    private var arrays: [StoredArray] = []
    private var others: [TensorEntry] = []
    private var attributes: [String: AttributeValue] = [:]
    /// What `Identity` nodes call something else.
    private var copies: [(name: String, source: String)] = []
    private var outputs: Set<String> = []
    /// Files beside this one in which tensors lie, by name.
    private var companions: [String: MappedFile] = [:]
    /// How much of the file has been taken as text.
    private var textBytes = 0

    /// More are no network, but take as much memory as a large one.
    private static let mostTensors = 100_000
    private static let mostAttributes = 1000
    private static let mostAxes = 32
    /// Names and metadata of a network take a hundredth of it.
    private static let mostTextBytes = 16 << 20

    private init(_ file: MappedFile) { self.file = file }

    /// Whether a file may be a model in ONNX, which has no signature: it begins with the version of the format, and a text or
    /// a message follows.
    static func isBeginning(_ bytes: UnsafeRawBufferPointer) -> Bool {
        bytes.count > 3 && bytes[0] == 0x08 && (1..<0x80).contains(bytes[1]) && bytes[2] & 7 == 2 && bytes[2] < 0x80
    }

    /// - Throws: `ArchiveError` where the file is damaged or hostile, or lacks a file beside it.
    static func archive(_ file: MappedFile) throws -> MappedArchive {
        var reader = ONNXInitializers(file)
        do {
            try reader.readModel()
        } catch let fault as ProtobufFields.Fault {
            throw ArchiveError(path: file.path, reason: "\(fault): copy or download it again")
        }
        return try MappedArchive(
            path: file.path, .onnx, reader.arrays, others: reader.others, attributes: reader.attributes)
    }

    private func fields(_ range: Range<Int>) -> ProtobufFields { ProtobufFields(file.bytes, in: range) }

    private mutating func text(_ range: Range<Int>) throws(ArchiveError) -> String {
        textBytes += range.count
        guard textBytes <= Self.mostTextBytes else {
            throw ArchiveError(
                path: file.path,
                reason: """
                    has names and metadata of more than \(Words.bytes(Self.mostTextBytes)): save it again without \
                    metadata
                    """)
        }
        return String(decoding: file.bytes[range], as: UTF8.self)
    }

    /// `ModelProto`.
    private mutating func readModel() throws {
        var model = fields(0..<file.bytes.count)
        var hasGraph = false
        while let field = try model.next() {
            switch (field.number, field.value) {
            case (2, .bytes(let range)): attributes["producer_name"] = .strings([try text(range)])
            case (7, .bytes(let range)):
                hasGraph = true
                try readGraph(range)
            case (14, .bytes(let range)) where attributes.count < Self.mostAttributes:
                let entry = try stringEntry(range)
                attributes[entry.key] = .strings([entry.value])
            default: break
            }
        }
        guard hasGraph else {
            throw ArchiveError(path: file.path, reason: "is no model in ONNX that can be read: it has no graph")
        }
    }

    /// `StringStringEntryProto`.
    private mutating func stringEntry(_ range: Range<Int>) throws -> (key: String, value: String) {
        var entry = fields(range)
        var (key, value) = ("", "")
        while let field = try entry.next() {
            switch (field.number, field.value) {
            case (1, .bytes(let range)): key = try text(range)
            case (2, .bytes(let range)): value = try text(range)
            default: break
            }
        }
        return (key, value)
    }

    /// `GraphProto`.
    private mutating func readGraph(_ range: Range<Int>) throws {
        var graph = fields(range)
        while let field = try graph.next() {
            switch (field.number, field.value) {
            case (1, .bytes(let range)): try readNode(range)
            case (5, .bytes(let range)): try add(try tensor(range))
            // `ValueInfoProto` begins as an entry does, with a name.
            case (12, .bytes(let range)) where outputs.count < Self.mostTensors:
                outputs.insert(try stringEntry(range).key)
            default: break
            }
        }
        try addCopies()
    }

    /// `NodeProto`: one that is `Constant` names its value by its output.
    private mutating func readNode(_ range: Range<Int>) throws {
        var node = fields(range)
        var (input, output, operation, values) = (0..<0, 0..<0, 0..<0, [Range<Int>]())
        while let field = try node.next() {
            switch (field.number, field.value) {
            case (1, .bytes(let range)): input = range
            case (2, .bytes(let range)): output = range
            case (4, .bytes(let range)): operation = range
            case (5, .bytes(let range)) where values.count < Self.mostAttributes: values.append(range)
            default: break
            }
        }
        if file.bytes[operation].elementsEqual("Constant".utf8) {
            let name = try text(output)
            for value in values { try readConstant(value, called: name) }
        } else if file.bytes[operation].elementsEqual("Identity".utf8), copies.count < Self.mostTensors {
            copies.append((try text(output), try text(input)))
        }
    }

    /// `AttributeProto`.
    private mutating func readConstant(_ range: Range<Int>, called name: String) throws {
        var attribute = fields(range)
        while let field = try attribute.next() {
            guard case (5, .bytes(let range)) = (field.number, field.value) else { continue }
            var tensor = try tensor(range)
            tensor.name = name
            if !tensor.isSetting { try add(tensor) }
        }
    }

    /// PyTorch writes equal tensors once, and gives the names of the others to nodes.
    private mutating func addCopies() throws {
        var known = Dictionary(arrays.map { ($0.entry.name, $0) }, uniquingKeysWith: { first, _ in first })
        for copy in copies where !outputs.contains(copy.name) {
            guard let source = known[copy.source], arrays.count + others.count < Self.mostTensors else { continue }
            let array = try StoredArray(
                copy.name, shape: source.entry.shape, source.entry.elementType, in: source.file, at: source.offset)
            known[copy.name] = array
            arrays.append(array)
        }
    }

    /// What a `TensorProto` says of itself.
    private struct Description {
        var name = ""
        var shape: [Int] = []
        var type = 0
        /// Where the elements lie in one piece, each in its own size; nil where they are written one by one.
        var place: Range<Int>?
        var isExternal = false
        var external: [String: String] = [:]

        /// Whether a constant is no weight but a limit or a shape that an operation is given: a single number, or whole ones.
        var isSetting: Bool {
            if shape.isEmpty { return true }
            if case .integer = ONNXInitializers.elementType(type) { return true }
            return false
        }
    }

    private mutating func tensor(_ range: Range<Int>) throws -> Description {
        var tensor = Description()
        var message = fields(range)
        while let field = try message.next() {
            switch (field.number, field.value) {
            case (1, .integer(let size)): try add([size], to: &tensor.shape)
            // A number takes ten bytes at most.
            case (1, .bytes(let range)) where range.count > 10 * Self.mostAxes: throw tooManyAxes
            case (1, .bytes(let range)):
                try add(ProtobufFields.integers(in: range, of: file.bytes), to: &tensor.shape)
            case (2, .integer(let type)): tensor.type = Int(clamping: type)
            // Floats, raw bytes, doubles.
            case (4, .bytes(let range)), (9, .bytes(let range)), (10, .bytes(let range)): tensor.place = range
            case (8, .bytes(let range)): tensor.name = try text(range)
            case (13, .bytes(let range)):
                let entry = try stringEntry(range)
                if entry.key == "location" || entry.key == "offset" { tensor.external[entry.key] = entry.value }
            case (14, .integer(let location)): tensor.isExternal = location == 1
            default: break
            }
        }
        return tensor
    }

    private func add(_ sizes: [UInt64], to shape: inout [Int]) throws {
        guard shape.count + sizes.count <= Self.mostAxes else { throw tooManyAxes }
        shape += sizes.map { Int(clamping: $0) }
    }

    private var tooManyAxes: ArchiveError {
        ArchiveError(
            path: file.path,
            reason: "holds a tensor of more than \(Self.mostAxes) axes: it is damaged; copy or download it again")
    }

    private mutating func add(_ tensor: Description) throws {
        guard !tensor.name.isEmpty else { return }
        guard arrays.count + others.count < Self.mostTensors else {
            throw ArchiveError(path: file.path, reason: "holds more than \(Self.mostTensors) tensors")
        }
        guard let type = Self.elementType(tensor.type) else {
            others.append(
                TensorEntry(name: tensor.name, shape: tensor.shape, elementType: .other(Self.words(tensor.type))))
            return
        }
        if tensor.isExternal {
            let (companion, offset) = try companion(of: tensor)
            arrays.append(try StoredArray(tensor.name, shape: tensor.shape, type, in: companion, at: offset))
            return
        }
        guard let place = tensor.place,
            [tensor.shape.boundedProduct ?? -1, type.byteCount ?? 0].boundedProduct == place.count
        else {
            others.append(
                TensorEntry(
                    name: tensor.name, shape: tensor.shape, elementType: .other("\(type) that are written one by one")))
            return
        }
        arrays.append(try StoredArray(tensor.name, shape: tensor.shape, type, in: file, at: place.lowerBound))
    }

    /// The file beside this one in which a tensor lies, and where. A name that leads elsewhere, and a link, are refused.
    private mutating func companion(of tensor: Description) throws -> (MappedFile, offset: Int) {
        func fail(_ reason: String) -> ArchiveError {
            ArchiveError(path: file.path, reason: "the tensor `\(tensor.name)` \(reason)")
        }
        guard let name = tensor.external["location"], !name.isEmpty, name != ".", name != "..",
            !name.utf8.contains(where: { $0 == 0x2F || $0 == 0 })
        else { throw fail("lies in a file that is not beside this one: such tensors are refused") }
        guard let offset = Int(tensor.external["offset"] ?? "0"), offset >= 0 else {
            throw fail("is damaged: its offset is no number")
        }
        if let known = companions[name] { return (known, offset) }
        let path = "\(FileSystem.folder(of: file.path))/\(name)"
        guard let status = FileSystem.status(of: path, followsLinks: false) else {
            throw fail("lies in \(name), which is missing: it belongs beside this file")
        }
        guard status.st_mode & S_IFMT == S_IFREG else { throw fail("lies in \(name), which is no ordinary file") }
        do {
            let companion = try MappedFile(path)
            companions[name] = companion
            return (companion, offset)
        } catch {
            throw fail("lies in \(name), which cannot be read: \(FileSystem.wordsOfReading(error.code))")
        }
    }

    /// `TensorProto.DataType`.
    private static func elementType(_ code: Int) -> TensorEntry.ElementType? {
        switch code {
        case 1: .float32
        case 2, 9: .integer(bits: 8, signed: false)
        case 3: .integer(bits: 8, signed: true)
        case 4: .integer(bits: 16, signed: false)
        case 5: .integer(bits: 16, signed: true)
        case 6: .integer(bits: 32, signed: true)
        case 7: .integer(bits: 64, signed: true)
        case 10: .float16
        case 11: .float64
        case 12: .integer(bits: 32, signed: false)
        case 13: .integer(bits: 64, signed: false)
        case 16: .bfloat16
        default: nil
        }
    }

    private static func words(_ code: Int) -> String { code == 8 ? "texts" : "elements of ONNX's type \(code)" }
}

import Files

/// A `model_config` that cannot be understood: what is wrong with it, naming the layer.
struct KerasConfigProblem: Error, Equatable { let words: String }

/// Puts the layers of a model and of the models nested in it into one list.
///
/// Keras 3 writes calls as `{"args": …, "kwargs": …}` with tensors as `keras_history`; Keras 2 wrote them as lists
/// `[name, call, output, keywords]`.
struct KerasGraphReader {
    private static let deepest = 16
    private static let mostLayers = 20_000
    /// How many values all models may have, one that is nested once more for each of its calls.
    private static let mostValues = 5_000_000
    /// How many settings a layer may have, since they are looked up again for each of its calls.
    private static let mostSettings = 1000
    private static let largestSide = 100_000

    private var valueCount = 0
    private var layers: [KerasGraph.Layer] = []
    private var imageSize: (height: Int, width: Int)?

    /// - Throws: `KerasConfigProblem`, or `JSONError` where a text is no JSON.
    static func read(modelConfig: String, trainingConfig: String?) throws -> KerasGraph {
        var reader = KerasGraphReader()
        let output = try reader.inline(
            try JSON(parsing: modelConfig),
            Surroundings(group: nil, path: "", inputs: nil, isForTraining: false, depth: 0))
        let loss = try trainingConfig.flatMap { KerasLoss(try JSON(parsing: $0)) }
        return KerasGraph(layers: reader.layers, output: output, imageSize: reader.imageSize, loss: loss)
    }

    /// Where a model stands that is put into the list.
    private struct Surroundings {
        /// The group of all its layers; nil at the top, where each is its own.
        var group: String?
        /// The model's own path in Keras 3's files, ending in `/`; empty at the top.
        var path: String
        /// What its input layers stand for; nil at the top, where they are layers.
        var inputs: [Int]?
        var isForTraining: Bool
        var depth: Int
    }

    /// A layer's or model's entry in the list of its model.
    private struct Entry {
        let name: String
        let className: String
        let config: JSON
        let calls: [JSON]
        /// Where Keras 3 stores it.
        var path = ""

        init(_ json: JSON) throws {
            guard let className = json["class_name"]?.stringValue, let config = json["config"] else {
                throw KerasConfigProblem(words: "describes a layer without class or settings")
            }
            guard let name = json["name"]?.stringValue ?? config["name"]?.stringValue else {
                throw KerasConfigProblem(words: "describes a layer of the class \(className) without a name")
            }
            if case .object(let settings) = config, settings.count > KerasGraphReader.mostSettings {
                throw KerasConfigProblem(words: "gives its layer `\(name)` \(settings.count) settings")
            }
            (self.name, self.className, self.config) = (name, className, config)
            calls = json["inbound_nodes"]?.arrayValue ?? []
        }

        var isModel: Bool { ["Functional", "Model", "Sequential"].contains(className) }
        var isInput: Bool { className == "InputLayer" }
    }

    /// The layers of a model. Keras 3 calls each by its class, and counts those of one class in the model's order.
    private static func entries(_ list: [JSON], in path: String) throws -> [Entry] {
        var counts: [String: Int] = [:]
        return try list.map { json in
            var entry = try Entry(json)
            let kind = snakeCase(entry.className)
            let count = counts[kind, default: 0]
            counts[kind] = count + 1
            entry.path = "\(path)layers/\(kind)\(count == 0 ? "" : "_\(count)")"
            return entry
        }
    }

    /// `batch_normalization` for `BatchNormalization`, `conv2d` for `Conv2D`, `re_lu` for `ReLU`: as Keras has it.
    private static func snakeCase(_ name: String) -> String {
        let letters = Array(
            name.unicodeScalars.filter { $0.properties.isAlphabetic || $0.properties.numericType != nil })
        var result = ""
        for (index, letter) in letters.enumerated() {
            let isUpper = letter.properties.isUppercase
            let followsLower = index > 0 && letters[index - 1].properties.isLowercase
            let beginsWord = index > 0 && index + 1 < letters.count && letters[index + 1].properties.isLowercase
            if isUpper, followsLower || beginsWord { result += "_" }
            result += letter.properties.lowercaseMapping
        }
        return result
    }

    /// Appends a model's layers.
    /// - Returns: the layer that yields its output.
    private mutating func inline(_ model: JSON, _ place: Surroundings) throws -> Int {
        guard place.depth <= Self.deepest else { throw KerasConfigProblem(words: "nests models too deeply") }
        guard let className = model["class_name"]?.stringValue, let config = model["config"] else {
            throw KerasConfigProblem(words: "describes no model")
        }
        valueCount += config.valueCount
        guard valueCount <= Self.mostValues else { throw KerasConfigProblem(words: "calls nested models too often") }
        switch className {
        case "Sequential": return try inlineSequential(config, place)
        case "Functional", "Model": return try inlineFunctional(config, place)
        default:
            throw KerasConfigProblem(
                words: "is a model of the class \(className), which only its own program can build")
        }
    }

    // MARK: Sequential

    private mutating func inlineSequential(_ config: JSON, _ place: Surroundings) throws -> Int {
        // Early versions wrote the list alone.
        guard let list = config["layers"]?.arrayValue ?? config.arrayValue else {
            throw KerasConfigProblem(words: "describes a model without layers")
        }
        var last: Int?
        if let inputs = place.inputs {
            guard inputs.count == 1 else { throw KerasConfigProblem(words: "feeds a chain of layers several inputs") }
            last = inputs[0]
        }
        for entry in try Self.entries(list, in: place.path) {
            if entry.isInput, last != nil {
                try noteImageSize(of: entry)
                continue
            }
            if last == nil {
                last = try appendInput(entry)
                if entry.isInput { continue }
            }
            guard let input = last else { break }
            last = try append(entry, [.layer(input)], keywords: .object([]), place)
        }
        guard let last else { throw KerasConfigProblem(words: "describes a model without layers") }
        return last
    }

    // MARK: Functional

    /// A call of a layer, by the layer's name and the number of the call.
    private struct CallKey: Hashable {
        let layer: String
        let call: Int
    }

    private struct Call {
        let entry: Entry
        let arguments: [PendingArgument]
        let keywords: JSON
        /// Each once.
        let sources: Set<CallKey>
    }

    private indirect enum PendingArgument {
        case output(CallKey)
        case constant(JSON)
        case list([PendingArgument])
    }

    private mutating func inlineFunctional(_ config: JSON, _ place: Surroundings) throws -> Int {
        guard let list = config["layers"]?.arrayValue else {
            throw KerasConfigProblem(words: "describes a model without layers")
        }
        let entries = try Self.entries(list, in: place.path)
        let callCounts = Dictionary(entries.map { ($0.name, max($0.calls.count, 1)) }, uniquingKeysWith: max)
        guard callCounts.count == entries.count else {
            throw KerasConfigProblem(words: "gives several layers one name")
        }
        let outputs = try endpoints(config["output_layers"], "output", callCounts)
        guard outputs.count == 1, let output = outputs.first else {
            throw KerasConfigProblem(
                words: "has \(outputs.count) outputs (\(outputs.map { "`\($0.layer)`" }.listed(most: 4)))")
        }
        var known: [CallKey: Int] = [:]
        if let inputs = place.inputs {
            let names = try endpoints(config["input_layers"], "input", callCounts)
            guard names.count == inputs.count else { throw KerasConfigProblem(words: "feeds a model wrongly") }
            for (name, input) in zip(names, inputs) { known[name] = input }
            for entry in entries where entry.isInput { try noteImageSize(of: entry) }
        }
        try appendInOrder(try calls(of: entries, callCounts), &known, place)
        guard let result = known[output] else {
            throw KerasConfigProblem(words: "has an output that nothing yields, `\(output.layer)`")
        }
        return result
    }

    private func calls(of entries: [Entry], _ callCounts: [String: Int]) throws -> [CallKey: Call] {
        var result: [CallKey: Call] = [:]
        for entry in entries {
            if entry.isInput {
                result[CallKey(layer: entry.name, call: 0)] = Call(
                    entry: entry, arguments: [], keywords: .object([]), sources: [])
                continue
            }
            for (index, json) in entry.calls.enumerated() {
                let (arguments, keywords) = try arguments(of: json, callCounts)
                result[CallKey(layer: entry.name, call: index)] = Call(
                    entry: entry, arguments: arguments, keywords: keywords,
                    sources: Set(arguments.flatMap(Self.sources)))
            }
        }
        return result
    }

    private static func sources(of argument: PendingArgument) -> [CallKey] {
        switch argument {
        case .output(let key): [key]
        case .constant: []
        case .list(let elements): elements.flatMap(sources)
        }
    }

    /// Appends calls as soon as all that they read is there; those that never get it belong to a circle and are left out.
    private mutating func appendInOrder(
        _ calls: [CallKey: Call], _ known: inout [CallKey: Int], _ place: Surroundings
    ) throws {
        var readers: [CallKey: [CallKey]] = [:]
        var waiting: [CallKey: Int] = [:]
        for (key, call) in calls where known[key] == nil {
            let absent = call.sources.filter { known[$0] == nil }
            waiting[key] = absent.count
            for source in absent { readers[source, default: []].append(key) }
        }
        func inOrder(_ keys: [CallKey]) -> [CallKey] { keys.sorted { ($0.layer, $0.call) < ($1.layer, $1.call) } }
        var ready = inOrder(waiting.filter { $0.value == 0 }.map(\.key))
        var next = 0
        while next < ready.count {
            let key = ready[next]
            next += 1
            guard let call = calls[key] else { continue }
            if call.entry.isInput {
                known[key] = try appendInput(call.entry)
            } else {
                let arguments = call.arguments.map { Self.resolved($0, known) }
                known[key] = try append(call.entry, arguments, keywords: call.keywords, place)
            }
            for reader in inOrder(readers[key] ?? []) {
                waiting[reader, default: 1] -= 1
                if waiting[reader] == 0 { ready.append(reader) }
            }
        }
    }

    private static func resolved(_ argument: PendingArgument, _ known: [CallKey: Int]) -> KerasGraph.Argument {
        switch argument {
        case .output(let key): known[key].map(KerasGraph.Argument.layer) ?? .constant(.null)
        case .constant(let value): .constant(value)
        case .list(let elements): .list(elements.map { resolved($0, known) })
        }
    }

    // MARK: Calls

    private func arguments(
        of call: JSON, _ callCounts: [String: Int]
    ) throws -> (arguments: [PendingArgument], keywords: JSON) {
        if let arguments = call["args"]?.arrayValue {
            var pending = try arguments.map { try argument($0, callCounts) }
            var constants: [JSON.Member] = []
            guard case .object(let members)? = call["kwargs"] else { return (pending, .object([])) }
            // Models of Keras 3 that predict call all their layers with `training=False`, whatever stands here.
            for member in members where member.key != "training" {
                let value = try argument(member.value, callCounts)
                if case .constant(let json) = value {
                    constants.append(JSON.Member(key: member.key, value: json))
                } else {
                    pending.append(value)
                }
            }
            return (pending, .object(constants))
        }
        guard let elements = call.arrayValue else {
            throw KerasConfigProblem(words: "calls a layer in a way that is not known here")
        }
        // One tensor may stand alone.
        let tensors = elements.first?.stringValue == nil ? elements : [call]
        let pending = try tensors.map { try olderArgument($0, callCounts) }
        return (pending, tensors.first?.arrayValue.flatMap { $0.count > 3 ? $0[3] : nil } ?? .object([]))
    }

    private func argument(_ json: JSON, _ callCounts: [String: Int]) throws -> PendingArgument {
        switch (json, json["class_name"]?.stringValue) {
        case (_, "__keras_tensor__"?):
            return .output(try key(json["config"]?["keras_history"] ?? .null, callCounts))
        case (_, "__tensor__"?), (_, "__numpy__"?): return .constant(json["config"]?["value"] ?? .null)
        case (.array(let elements), _):
            let pending = try elements.map { try argument($0, callCounts) }
            return pending.contains { Self.sources(of: $0).count > 0 } ? .list(pending) : .constant(json)
        default: return .constant(json)
        }
    }

    private func olderArgument(_ json: JSON, _ callCounts: [String: Int]) throws -> PendingArgument {
        if let elements = json.arrayValue, elements.first?.stringValue == "_CONSTANT_VALUE", elements.count > 2 {
            return .constant(elements[2])
        }
        return .output(try key(json, callCounts))
    }

    /// Reads `[layer, call, output]`.
    private func key(_ json: JSON, _ callCounts: [String: Int]) throws -> CallKey {
        guard let elements = json.arrayValue, elements.count >= 3, let name = elements[0].stringValue,
            let call = elements[1].integerValue, let count = callCounts[name]
        else { throw KerasConfigProblem(words: "refers to a layer that is not there") }
        guard elements[2].integerValue == 0 else {
            throw KerasConfigProblem(words: "has a layer with several outputs, `\(name)`")
        }
        // Keras 2 counts a nested model's own beginning as its first call.
        return CallKey(layer: name, call: count == 1 ? 0 : call)
    }

    /// Reads `input_layers` or `output_layers`: a list of `[layer, call, output]`, or one of them, or a map to them.
    private func endpoints(_ json: JSON?, _ kind: String, _ callCounts: [String: Int]) throws -> [CallKey] {
        switch json {
        case .array(let elements)? where elements.first?.stringValue != nil:
            return [try key(.array(elements), callCounts)]
        case .array(let elements)?: return try elements.map { try key($0, callCounts) }
        case .object(let members)?: return try members.map { try key($0.value, callCounts) }
        default: throw KerasConfigProblem(words: "does not say what its \(kind) is")
        }
    }

    // MARK: Appending

    private mutating func append(
        _ entry: Entry, _ arguments: [KerasGraph.Argument], keywords: JSON, _ place: Surroundings
    ) throws -> Int {
        let isForTraining = keywords["training"]?.boolValue ?? place.isForTraining
        let group = place.group ?? entry.name
        if entry.isModel {
            return try inline(
                ["class_name": .string(entry.className), "config": entry.config],
                Surroundings(
                    group: group, path: "\(entry.path)/", inputs: arguments.flatMap(\.layers),
                    isForTraining: isForTraining,
                    depth: place.depth + 1))
        }
        return try append(
            KerasGraph.Layer(
                name: entry.name, group: group, path: entry.path, className: entry.className, config: entry.config,
                arguments: arguments, keywords: keywords, isCalledForTraining: isForTraining))
    }

    /// Appends the images: an input layer, or the shape that the first layer of a chain gives.
    private mutating func appendInput(_ entry: Entry) throws -> Int {
        try noteImageSize(of: entry)
        return try append(
            KerasGraph.Layer(
                name: entry.name, group: entry.name, path: entry.path, className: "InputLayer", config: entry.config,
                arguments: [],
                keywords: .object([]), isCalledForTraining: false))
    }

    /// The outermost model that says it is believed; a nested one may say what the outer one leaves open.
    private mutating func noteImageSize(of entry: Entry) throws {
        let shape = (entry.config["batch_shape"] ?? entry.config["batch_input_shape"])?.arrayValue
        guard imageSize == nil, let shape, shape.count == 4, let height = shape[1].integerValue,
            let width = shape[2].integerValue, height > 0, width > 0, shape[3].integerValue == 3
        else { return }
        guard max(height, width) <= Self.largestSide else {
            throw KerasConfigProblem(words: "takes images of \(height)×\(width), which makes no sense")
        }
        imageSize = (height, width)
    }

    private mutating func append(_ layer: KerasGraph.Layer) throws -> Int {
        guard layers.count < Self.mostLayers else { throw KerasConfigProblem(words: "has too many layers") }
        layers.append(layer)
        return layers.count - 1
    }
}

extension JSON {
    /// How many values it consists of, itself among them; keys do not count.
    fileprivate var valueCount: Int {
        switch self {
        case .array(let elements): elements.reduce(1) { $0 + $1.valueCount }
        case .object(let members): members.reduce(1) { $0 + $1.value.valueCount }
        case .null, .bool, .integer, .number, .string: 1
        }
    }
}

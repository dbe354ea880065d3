import Archives
import Networks
import Tasks

/// Reads what describes a model: root attributes of a file, or what stands for them in an exported one.
struct AttributeReader {
    /// The file that says it.
    let path: String
    /// The value under a name.
    private let value: (String) throws -> AttributeValue?
    /// The strings under a name, which may be in parts.
    let strings: (String) throws -> [String]?
    /// What a person may do about a value that makes no sense, for the end of a sentence.
    private let remedy: String

    init(_ archive: any TensorArchive, remedy: String = "") {
        path = archive.path
        value = { try archive.attribute($0) }
        strings = { try archive.strings($0) }
        self.remedy = remedy
    }

    /// - Parameter value: under a name.
    init(path: String, remedy: String, _ value: @escaping (String) -> AttributeValue?) {
        self.path = path
        self.value = value
        strings = { if case .strings(let texts)? = value($0) { texts } else { nil } }
        self.remedy = remedy
    }

    func has(_ name: String) throws -> Bool { try value(name) != nil }

    func number(_ name: String) throws -> Double {
        guard let value = try self.value(name)?.number, value.isFinite else {
            throw error(name, "is missing or no number")
        }
        return value
    }

    func integer(_ name: String, in range: ClosedRange<Int>) throws -> Int {
        guard let value = Int(exactly: try number(name)), range.contains(value) else {
            throw error(name, "is not a whole number in \(range)")
        }
        return value
    }

    /// A number that need not be there.
    func optional(_ name: String, in range: ClosedRange<Double>) throws -> Double? {
        guard try value(name) != nil else { return nil }
        let value = try number(name)
        guard range.contains(value) else { throw error(name, "is not in \(range)") }
        return value
    }

    func triple(_ name: String) throws -> [Float] {
        guard case .numbers(let values)? = try value(name), values.count == 3,
            values.allSatisfy(\.isFinite)
        else { throw error(name, "is not three numbers") }
        return values.map { Float($0) }
    }

    /// Numbers in 0...1 that need not be there.
    func fractions(_ name: String, count: Int) throws -> [Double]? {
        guard let attribute = try value(name) else { return nil }
        guard case .numbers(let values) = attribute, values.count == count, values.allSatisfy((0...1).contains) else {
            throw error(name, "is not \(count) numbers in 0...1")
        }
        return values
    }

    /// An offset and a unit that need not be there.
    func scale(_ name: String) throws -> OutputScale? {
        guard let attribute = try value(name) else { return nil }
        guard case .numbers(let values) = attribute, values.count == 2, OutputScale.offsets.contains(values[0]),
            OutputScale.units.contains(values[1])
        else { throw error(name, "is not a number and a positive one that make sense") }
        return OutputScale(offset: values[0], unit: values[1])
    }

    func named<Value: RawRepresentable<String>>(_ name: String) throws -> Value {
        guard let text = try value(name)?.string else { throw error(name, "is missing") }
        guard let value = Value(rawValue: text) else { throw error(name, "is `\(text)`, which is not known here") }
        return value
    }

    /// The form of the network; nil where its family has but one.
    func form() throws -> Architecture.Form? {
        try value("form") == nil ? nil : named("form")
    }

    func error(_ attribute: String, _ problem: String) -> WeightError {
        WeightError(path: path, reason: "is a damaged model: its attribute `\(attribute)` \(problem)\(remedy)")
    }
}

// A head that is an average pool and one linear layer leaves no trace, as in files from before there were others.
extension HDF5Writer {
    /// Describes a head in root attributes: the pooling, and units and ReLUs of hidden layers.
    func setHead(_ head: Head) throws {
        let attributes = HeadAttributes(head)
        if let pooling = attributes.pooling { try setAttribute("pooling", to: pooling) }
        for (name, numbers) in attributes.lists { try setAttribute(name, to: numbers) }
    }
}

/// What describes a head.
package struct HeadAttributes {
    /// Nil for an average.
    package private(set) var pooling: String?
    package private(set) var lists: [(name: String, numbers: [Double])] = []

    package init(_ head: Head) {
        switch head.pooling {
        case .average: break
        case .maximum: pooling = "maximum"
        case .flatten(let height, let width):
            pooling = "flatten"
            lists.append(("flattened_size", [Double(height), Double(width)]))
        case .ofLogits: pooling = "logits"
        }
        guard !head.hiddenLayers.isEmpty else { return }
        lists.append(("hidden_units", head.hiddenLayers.map { Double($0.units) }))
        lists.append(("hidden_relu", head.hiddenLayers.map { $0.hasReLU ? 1 : 0 }))
    }
}

extension AttributeReader {
    /// The longest row of numbers, and the largest feature map, that a head is believed to read.
    private static let mostUnits = 1_000_000
    private static let mostPositions = 10_000
    private static let mostHiddenLayers = 100

    /// - Throws: `WeightError` for a head that makes no sense.
    func head() throws -> Head {
        let units = try integers("hidden_units", in: 1...Self.mostUnits) ?? []
        let hasReLU = try integers("hidden_relu", in: 0...1) ?? []
        guard units.count == hasReLU.count, units.count <= Self.mostHiddenLayers else {
            throw error("hidden_relu", "does not say one thing of each hidden layer")
        }
        return Head(
            pooling: try pooling(),
            hiddenLayers: zip(units, hasReLU).map { Head.HiddenLayer(units: $0, hasReLU: $1 == 1) })
    }

    private func pooling() throws -> Head.Pooling {
        switch try value("pooling")?.string {
        case nil, "average": return .average
        case "maximum": return .maximum
        case "logits": return .ofLogits
        case "flatten":
            guard let size = try integers("flattened_size", in: 1...Self.mostPositions), size.count == 2 else {
                throw error("flattened_size", "is not two numbers")
            }
            return .flatten(height: size[0], width: size[1])
        case let text?: throw error("pooling", "is `\(text)`, which is not known here")
        }
    }

    /// Whole numbers, or nil where there are none.
    private func integers(_ name: String, in range: ClosedRange<Int>) throws -> [Int]? {
        guard let attribute = try value(name) else { return nil }
        guard case .numbers(let values) = attribute else { throw error(name, "holds no numbers") }
        return try values.map { value in
            guard let whole = Int(exactly: value), range.contains(whole) else {
                throw error(name, "holds \(value), which is not a whole number in \(range)")
            }
            return whole
        }
    }
}

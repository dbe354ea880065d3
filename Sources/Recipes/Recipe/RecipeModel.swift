import Files
import Networks

extension Recipe {
    /// Which network, and where its numbers come from.
    package struct Model: Hashable, Sendable {
        package var architecture: Architecture
        package var weights: WeightSource
        /// One of the forms that the network was published in; nil to take the one that belongs to the weights.
        package var form: Architecture.Form?
        /// Whether the network keeps the large linear layers that it was published with.
        package var hasFullyConnectedLayers: Bool
        /// What the weights were trained on; nil to take what belongs to the weights.
        package var preprocessing: Preprocessing?
        /// The network's name for each name of the file that is not found by itself; an empty one removes the name.
        package var nameMap: [String: String]
        /// The batch-norm epsilon that the weights were trained with; nil to take what belongs to the weights.
        package var batchNormEpsilon: Double?
    }

    /// Where the numbers of a network come from.
    package enum WeightSource: Hashable, Sendable {
        /// Nowhere: training begins with random numbers.
        case none
        /// A file, or a name from the weight catalogue.
        case named(String)
    }
}

extension Recipe.Model {
    init(reading section: Section) {
        architecture = section.required("architecture", .choice(of: Architecture.catalogue)) ?? .resNet50
        weights =
            section.required("weights", .path("a file, a name from the catalogue, or none"))
            .map { $0 == "none" ? .none : .named($0) } ?? .none
        form = section.value("form", .formOrAuto, default: nil)
        hasFullyConnectedLayers = section.value("fully_connected", .boolean, default: false)
        preprocessing = section.node("preprocessing").flatMap {
            Preprocessing.read($0, path: section.path(of: "preprocessing"), problems: section.problems)
        }
        let names =
            section.map("name_map", .textOrNothing("a name such as layer1.block1.conv1, or '' to remove one")) ?? []
        nameMap = Dictionary(names.map { ($0.key.key, $0.value) }, uniquingKeysWith: { first, _ in first })
        batchNormEpsilon = section.value("batch_norm_epsilon", .epsilonOrAuto, default: nil)
        section.finish()
        checkForm(section)
    }

    /// Reports a form that is none of the architecture's. One that comes in one form takes any word.
    private func checkForm(_ section: Section) {
        guard let form, let node = section.node("form"), let problem = architecture.problem(with: form) else { return }
        section.problems.add(node.location, "\(section.path(of: "form")): \(problem)")
    }

    var node: YAMLNode {
        .map([
            ("architecture", .text(architecture.rawValue)), ("weights", weights.node),
            ("form", .text(form?.rawValue ?? "auto")), ("fully_connected", .boolean(hasFullyConnectedLayers)),
            ("preprocessing", preprocessing?.node ?? .text("auto")),
            ("name_map", .map(nameMap.sorted { $0.key < $1.key }.map { ($0.key, .text($0.value)) })),
            ("batch_norm_epsilon", batchNormEpsilon.map { .number($0) } ?? .text("auto")),
        ])
    }
}

extension Recipe.WeightSource {
    /// The word or path of the recipe.
    package var name: String {
        switch self {
        case .none: "none"
        case .named(let name): name
        }
    }
    fileprivate var node: YAMLNode { .text(name) }
}

extension Field where Value == Architecture.Form? {
    fileprivate static var formOrAuto: Field {
        Field<String>.word(of: ["auto"] + Architecture.Form.all.map(\.rawValue)).map { Architecture.Form(rawValue: $0) }
    }
}

extension Field where Value == Double? {
    fileprivate static var epsilonOrAuto: Field {
        Field<Double>.number(.within(Architecture.Options.batchNormEpsilons)).map { $0 }
            .or(Field<String>.word(of: ["auto"]).map { _ in nil })
    }
}

extension Preprocessing {
    /// Reads `auto` (nil), a name, or `{channels, mean, std}` with numbers for pixels of 0...255.
    static func read(_ node: YAMLNode, path: String, problems: Problems) -> Preprocessing? {
        guard case .mapping = node.value else {
            let words = Field.word(of: ["auto"] + Preprocessing.named.map(\.name))
            let reader = Section(YAMLNode(.mapping([])), path: path, problems: problems)
            let field = Field(
                expected: "\(words.expected), or {channels: rgb, mean: […], std: […]}", read: words.read,
                hint: words.hint)
            guard let word = reader.read(node, field, path: path) else { return nil }
            return Preprocessing.named.first { $0.name == word }?.preprocessing
        }
        let section = Section(node, path: path, problems: problems)
        let channels = section.value("channels", .choice(of: [Preprocessing.ChannelOrder.rgb, .bgr]), default: .rgb)
        let mean = section.required("mean", .list(of: .number(.within(-255...255)), count: 3))
        // Deviations below 1 are those of pixels in 0...1, a mistake that trains to nothing without a word.
        let deviation = section.required("std", .list(of: .number(.within(1...255)), count: 3))
        section.finish()
        guard let mean, let deviation else { return nil }
        return Preprocessing(
            channelOrder: channels, mean: mean.map(Float.init), standardDeviation: deviation.map(Float.init))
    }

    /// The name, or the numbers where there is none.
    var node: YAMLNode {
        if let name { return .text(name) }
        // Floats print with the fewest digits that read back to the same float.
        let numbers = { (values: [Float]) in YAMLNode.list(values.map { YAMLNode(.scalar("\($0)", isPlain: true)) }) }
        return .map([
            ("channels", .text(channelOrder.rawValue)), ("mean", numbers(mean)), ("std", numbers(standardDeviation)),
        ])
    }
}

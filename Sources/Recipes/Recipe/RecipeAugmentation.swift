import Files
import Images

/// One augmentation of a recipe, with all its settings.
package struct AugmentationStep: Hashable, Sendable {
    /// A name of Images' catalogue.
    package let name: String
    /// By parameter, those at their defaults included.
    package let values: [String: AugmentationValue]
    package let augmentation: Augmentation
}

extension AugmentationStep {
    /// Reads the list under `augment`; nil where there is none.
    static func list(reading section: Section) -> [AugmentationStep]? {
        section.items("augment", expected: "a list of augmentations, such as [horizontal_flip: {p: 0.5}]")?
            .compactMap { AugmentationStep(reading: $0.node, path: $0.path, problems: section.problems) }
    }

    /// Reads `name`, or `name: {parameter: value, …}`.
    private init?(reading node: YAMLNode, path: String, problems: Problems) {
        let name: String
        let nameLocation: Location
        let settings: YAMLNode
        switch node.value {
        case .mapping(let entries) where entries.count == 1:
            (name, nameLocation, settings) = (entries[0].key, entries[0].keyLocation, entries[0].value)
        case .scalar(let word, _) where !node.isNull:
            (name, nameLocation, settings) = (word, node.location, YAMLNode(.mapping([]), at: node.location))
        default:
            problems.add(
                node.location,
                "\(path): expected one augmentation, such as horizontal_flip: {p: 0.5}, found \(node.found)"
                    + (node.isCollection ? " of \(node.count)" : ""))
            return nil
        }
        guard let description = AugmentationDescription.named(name) else {
            let names = AugmentationDescription.all.map(\.name)
            problems.add(
                nameLocation, "\(path): unknown augmentation `\(name.shortened)`\(suggestion(for: name, in: names))")
            return nil
        }
        self.init(description, reading: Section(settings, path: "\(path).\(name)", problems: problems))
    }

    private init?(_ description: AugmentationDescription, reading section: Section) {
        var given: [String: AugmentationValue] = [:]
        for parameter in description.parameters {
            given[parameter.name] = section.optional(parameter.name, .parameter(parameter))
        }
        section.finish()
        guard let augmentation = try? description.make(given) else { return nil }
        name = description.name
        values = Dictionary(uniqueKeysWithValues: description.resolved(given).map { ($0.name, $0.value) })
        self.augmentation = augmentation
    }

    var node: YAMLNode {
        let parameters = AugmentationDescription.named(name)?.parameters ?? []
        return .map([
            (
                name,
                .map(parameters.compactMap { parameter in values[parameter.name].map { (parameter.name, $0.node) } })
            )
        ])
    }
}

extension Field where Value == AugmentationValue {
    fileprivate static func parameter(_ parameter: AugmentationParameter) -> Field {
        Field(
            expected: parameter.expectation,
            read: { node in
                AugmentationValue(node).flatMap { parameter.problem(with: $0) == nil ? $0 : nil }
            })
    }
}

extension AugmentationValue {
    /// A number, or a list of numbers.
    fileprivate init?(_ node: YAMLNode) {
        if let number = node.number {
            self = .number(number)
        } else if case .sequence(let items) = node.value {
            let numbers = items.compactMap(\.number)
            guard numbers.count == items.count else { return nil }
            self = .list(numbers)
        } else {
            return nil
        }
    }

    fileprivate var node: YAMLNode {
        switch self {
        case .number(let number): .number(number)
        case .list(let numbers): .list(numbers.map { .number($0) })
        }
    }
}

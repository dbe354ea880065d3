import Files

/// An augmentation as recipes name it.
package struct AugmentationDescription: Sendable {
    /// As in `random_resized_crop`.
    package let name: String
    package let summary: String
    package let parameters: [AugmentationParameter]
    private let build: @Sendable (AugmentationArguments) -> Augmentation

    init(
        _ name: String, _ summary: String, _ parameters: [AugmentationParameter],
        build: @escaping @Sendable (AugmentationArguments) -> Augmentation
    ) {
        self.name = name
        self.summary = summary
        self.parameters = parameters
        self.build = build
    }

    /// The description of that name, if there is one.
    package static func named(_ name: String) -> AugmentationDescription? { all.first { $0.name == name } }

    package func parameter(named name: String) -> AugmentationParameter? { parameters.first { $0.name == name } }

    /// The augmentation with these values, the others at their defaults.
    /// - Throws: `AugmentationError` with everything that is wrong.
    package func make(_ values: [String: AugmentationValue] = [:]) throws -> Augmentation {
        let problems = values.sorted { $0.key < $1.key }.compactMap { name, value in
            guard let parameter = parameter(named: name) else {
                return "\(name): no such parameter; there \(parameterList)"
            }
            return parameter.problem(with: value).map { "\(name): \($0)" }
        }
        guard problems.isEmpty else { throw AugmentationError(augmentation: name, problems: problems) }
        return build(AugmentationArguments(parameters, values: values))
    }

    /// All values, given or default, in the order of the parameters: what a resolved recipe shows.
    package func resolved(_ values: [String: AugmentationValue]) -> [(name: String, value: AugmentationValue)] {
        parameters.map { ($0.name, values[$0.name] ?? $0.defaultValue) }
    }

    private var parameterList: String {
        let names = parameters.map(\.name)
        return (names.count == 1 ? "is " : "are ") + names.joined(separator: ", ")
    }
}

/// Parameters that an augmentation does not take.
package struct AugmentationError: UserFacingError, Hashable {
    package let augmentation: String
    /// One line for each, beginning with the parameter's name.
    package let problems: [String]

    package var kind: ErrorKind { .usage }
    package var isOneLine: Bool { false }

    package var description: String {
        problems.map { "augmentation \(augmentation): \($0)" }.joined(separator: "\n")
    }
}

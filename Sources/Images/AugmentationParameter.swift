/// A parameter value as a recipe writes it.
package enum AugmentationValue: Sendable, Hashable, CustomStringConvertible {
    case number(Double)
    case list([Double])

    package var description: String {
        switch self {
        case .number(let number): Self.words(number)
        case .list(let numbers): "[" + numbers.map(Self.words).joined(separator: ", ") + "]"
        }
    }

    static func words(_ number: Double) -> String {
        Int(exactly: number).map(String.init) ?? "\(number)"
    }
}

/// One parameter of an augmentation: its name in recipes, what it may be, and what it is if not given.
package struct AugmentationParameter: Sendable {
    package enum Kind: Sendable {
        /// A number within limits.
        case number(ClosedRange<Double>)
        /// A whole number within limits.
        case integer(ClosedRange<Int>)
        /// `[low, high]` within limits; with a centre also one number `n`, for as much of centre − n to centre + n as lies
        /// within the limits.
        case range(ClosedRange<Double>, centre: Double?)
        /// `[red, green, blue]`, or one number for a grey; whole numbers 0...255.
        case colour
    }

    package let name: String
    package let kind: Kind
    package let defaultValue: AugmentationValue
    package let meaning: String

    init(_ name: String, _ kind: Kind, default defaultValue: AugmentationValue, _ meaning: String) {
        self.name = name
        self.kind = kind
        self.defaultValue = defaultValue
        self.meaning = meaning
    }

    /// What a value has to be, in words.
    package var expectation: String {
        switch kind {
        case .number(let limits): "a number in \(Self.words(limits))"
        case .integer(let limits): "a whole number in \(limits.lowerBound)...\(limits.upperBound)"
        case .range(let limits, nil): "two numbers [low, high] in \(Self.words(limits)), low ≤ high"
        case .range(let limits, let centre?):
            "two numbers [low, high] in \(Self.words(limits)), low ≤ high, or one number n in"
                + " \(Self.words(0...Self.largestSpread(in: limits, about: centre))) for"
                + " \(AugmentationValue.words(centre)) ± n"
        case .colour: "[red, green, blue] or one grey level, whole numbers in 0...255"
        }
    }

    /// What is wrong with a value, in words, or nil.
    package func problem(with value: AugmentationValue) -> String? {
        isAcceptable(value) ? nil : "expected \(expectation), found \(value)"
    }

    private func isAcceptable(_ value: AugmentationValue) -> Bool {
        switch (kind, value) {
        case (.number(let limits), .number(let number)): limits.contains(number)
        case (.integer(let limits), .number(let number)): Int(exactly: number).map(limits.contains) ?? false
        case (.range(let limits, _), .list(let ends)):
            ends.count == 2 && ends.allSatisfy(limits.contains) && ends[0] <= ends[1]
        case (.range(let limits, let centre?), .number(let spread)):
            (0...Self.largestSpread(in: limits, about: centre)).contains(spread)
        case (.colour, .number(let grey)): Self.isLevel(grey)
        case (.colour, .list(let levels)): levels.count == 3 && levels.allSatisfy(Self.isLevel)
        default: false
        }
    }

    /// One end of centre ± n may lie beyond the limits, which cut it off, but not both: such a number means something else.
    private static func largestSpread(in limits: ClosedRange<Double>, about centre: Double) -> Double {
        max(centre - limits.lowerBound, limits.upperBound - centre)
    }

    private static func isLevel(_ number: Double) -> Bool { UInt8(exactly: number) != nil }

    private static func words(_ limits: ClosedRange<Double>) -> String {
        "\(AugmentationValue.words(limits.lowerBound))...\(AugmentationValue.words(limits.upperBound))"
    }
}

/// Checked values by parameter name, read as the type that the parameter's kind promises.
struct AugmentationArguments {
    private let values: [String: (kind: AugmentationParameter.Kind, value: AugmentationValue)]

    /// - Parameter values: acceptable to their parameters; the others keep their defaults.
    init(_ parameters: [AugmentationParameter], values: [String: AugmentationValue]) {
        let pairs = parameters.map { ($0.name, (kind: $0.kind, value: values[$0.name] ?? $0.defaultValue)) }
        self.values = Dictionary(uniqueKeysWithValues: pairs)
    }

    func number(_ name: String) -> Double {
        guard case (_, .number(let number))? = values[name] else { mismatch(name) }
        return number
    }

    func integer(_ name: String) -> Int { Int(number(name)) }

    func range(_ name: String) -> ClosedRange<Double> {
        switch values[name] {
        case (_, .list(let ends))? where ends.count == 2: return ends[0]...ends[1]
        case (.range(let limits, let centre?), .number(let spread))?:
            return (centre - spread...centre + spread).clamped(to: limits)
        default: mismatch(name)
        }
    }

    func colour(_ name: String) -> RGB {
        switch values[name] {
        case (_, .number(let grey))?: return RGB(UInt8(grey), UInt8(grey), UInt8(grey))
        case (_, .list(let levels))? where levels.count == 3:
            return RGB(UInt8(levels[0]), UInt8(levels[1]), UInt8(levels[2]))
        default: mismatch(name)
        }
    }

    private func mismatch(_ name: String) -> Never {
        preconditionFailure("the augmentation has no such parameter of this kind: \(name)")
    }
}

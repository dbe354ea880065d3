import Files

/// What a value of a recipe must be: how to read it, and how to say what was expected.
struct Field<Value> {
    /// Completes “expected …”.
    var expected: String
    /// The value, or nil where the node is something else.
    var read: (YAMLNode) -> Value?
    /// What to add for a person who wrote something near: `; did you mean …?`.
    var hint: (YAMLNode) -> String = { _ in "" }
}

extension Field {
    func map<Other>(_ transform: @escaping (Value) -> Other) -> Field<Other> {
        Field<Other>(expected: expected, read: { read($0).map(transform) }, hint: hint)
    }

    /// This field or, where it does not fit, `other`.
    func or(_ other: Field<Value>) -> Field<Value> {
        Field(
            expected: "\(expected) or \(other.expected)", read: { read($0) ?? other.read($0) },
            hint: {
                let hint = self.hint($0)
                return hint.isEmpty ? other.hint($0) : hint
            })
    }
}

extension Field where Value == Double {
    static func number(_ bounds: Bounds = .any) -> Field {
        Field(
            expected: "a number\(bounds.description)", read: { $0.number.flatMap { bounds.contains($0) ? $0 : nil } },
            hint: \.numberHint)
    }
}

extension Field where Value == Int {
    static func integer(_ range: ClosedRange<Int>) -> Field {
        let words =
            range.upperBound == .max
            ? " of at least \(range.lowerBound)" : " from \(range.lowerBound) to \(range.upperBound)"
        return Field(
            expected: "a whole number\(words)",
            read: { $0.integer.flatMap { range.contains($0) ? $0 : nil } }, hint: \.numberHint)
    }
}

extension Field where Value == Bool {
    static var boolean: Field { Field(expected: "true or false", read: \.boolean) }
}

extension Field where Value == String {
    static func text(_ expected: String) -> Field {
        Field(expected: expected, read: { $0.text.flatMap { $0.isEmpty ? nil : $0 } })
    }

    /// Any text; nothing is the empty one.
    static func textOrNothing(_ expected: String) -> Field {
        Field(expected: expected, read: { $0.isNull ? "" : $0.text })
    }

    /// A file or folder; see `RecipePath`.
    static func path(_ expected: String) -> Field {
        Field(expected: expected, read: RecipePath.read, hint: RecipePath.hint)
    }

    static func word(of words: [String]) -> Field {
        Field(
            expected: words.listed("or"), read: { $0.text.flatMap { words.contains($0) ? $0 : nil } },
            hint: { node in
                node.text.flatMap { nearestWord(to: $0, in: words) }.map { "; did you mean `\($0)`?" } ?? ""
            })
    }
}

extension Field where Value: RawRepresentable, Value.RawValue == String {
    /// One of the words of an enumeration.
    static func choice(of values: [Value]) -> Field {
        let words = Field<String>.word(of: values.map(\.rawValue))
        return Field(
            expected: words.expected, read: { words.read($0).flatMap { Value(rawValue: $0) } }, hint: words.hint)
    }
}

extension Field where Value: RawRepresentable & CaseIterable, Value.RawValue == String {
    static var choice: Field { choice(of: Array(Value.allCases)) }
}

extension Field {
    /// A list of exactly `count` values.
    static func list<Element>(of element: Field<Element>, count: Int) -> Field where Value == [Element] {
        Field(
            expected: "a list of \(count), each \(element.expected)",
            read: {
                guard case .sequence(let items) = $0.value, items.count == count else { return nil }
                let values = items.compactMap(element.read)
                return values.count == count ? values : nil
            })
    }

    /// A range `[lower, upper]`.
    static func range(_ bounds: Bounds) -> Field where Value == ClosedRange<Double> {
        let pair = Field<[Double]>.list(of: .number(bounds), count: 2)
        return Field(
            expected: "a range [lowest, highest] of numbers\(bounds.description)",
            read: { pair.read($0).flatMap { $0[0] <= $0[1] ? $0[0]...$0[1] : nil } })
    }
}

/// The numbers that a field takes.
struct Bounds: Sendable, CustomStringConvertible {
    /// Follows “a number”; begins with a blank.
    let description: String
    let contains: @Sendable (Double) -> Bool

    static let any = Bounds(description: "", contains: { _ in true })
    /// Above 0 and below 1.
    static let fraction = Bounds(description: " between 0 and 1", contains: { $0 > 0 && $0 < 1 })
    static func within(_ range: ClosedRange<Double>) -> Bounds {
        Bounds(
            description: " from \(range.lowerBound.plain) to \(range.upperBound.plain)",
            contains: { range.contains($0) })
    }
}

extension Double {
    /// Without a fraction where there is none.
    var plain: String { Int(exactly: self).map(String.init) ?? "\(self)" }
}

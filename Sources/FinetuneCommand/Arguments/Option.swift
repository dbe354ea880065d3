import Datasets
import Files
import Recipes

/// An option of a command, declared once: parsing, checks, help and suggestions all read it from here.
struct Option<Value: Sendable>: Sendable {
    let declaration: OptionDeclaration
    /// The value of its text, or nil where the text is something else.
    let read: @Sendable (String) -> Value?
    /// What stands where the option is not given.
    let standard: Value?
}

/// What parsing and help need to know of an option, whatever its type.
struct OptionDeclaration: Sendable {
    /// With its dashes: `--batch`.
    let name: String
    /// What help calls its value, nil for a switch without one.
    let placeholder: String?
    /// Completes “expected …”.
    let expected: String
    /// One line for help.
    let meaning: String
    var words: [String] = []
    var standard: String?
    var repeats = false
    var isRequired = false
    let accepts: @Sendable (String) -> Bool
}

extension Option {
    private init(
        _ name: String, _ placeholder: String?, expected: String, _ meaning: String, words: [String] = [],
        standard: Value?, standardText: String?, read: @escaping @Sendable (String) -> Value?
    ) {
        declaration = OptionDeclaration(
            name: name, placeholder: placeholder, expected: expected, meaning: meaning, words: words,
            standard: standardText, accepts: { read($0) != nil })
        self.read = read
        self.standard = standard
    }

    private init(_ declaration: OptionDeclaration, like other: Option) {
        self.declaration = declaration
        read = other.read
        standard = other.standard
    }

    /// The same option, which may be given more than once.
    var repeated: Option {
        var declaration = declaration
        declaration.repeats = true
        return Option(declaration, like: self)
    }

    /// The same option, which must be given.
    var required: Option {
        var declaration = declaration
        declaration.isRequired = true
        return Option(declaration, like: self)
    }
}

extension Option<String> {
    /// Any text but the empty one.
    static func text(_ name: String, _ placeholder: String, _ meaning: String, default standard: String? = nil)
        -> Option
    {
        Option(
            name, placeholder, expected: placeholder, meaning, standard: standard, standardText: standard,
            read: { $0.isEmpty ? nil : $0 })
    }

    /// A file or folder, with `~/` at its beginning resolved: no shell does so behind `--option=`.
    static func path(_ name: String, _ placeholder: String, _ meaning: String, default standard: String? = nil)
        -> Option
    {
        Option(
            name, placeholder, expected: placeholder, meaning, standard: standard, standardText: standard,
            read: { $0.isEmpty ? nil : $0.expandingHome })
    }
}

extension Option<Int> {
    static func integer(
        _ name: String, _ range: ClosedRange<Int>, _ meaning: String, default standard: Int? = nil
    ) -> Option {
        Option(
            name, "N", expected: "a whole number from \(range.lowerBound) to \(range.upperBound)", meaning,
            standard: standard, standardText: standard.map(String.init),
            read: { Int($0).flatMap { range.contains($0) ? $0 : nil } })
    }
}

extension Option<Double> {
    static func number(_ name: String, _ range: ClosedRange<Double>, _ meaning: String) -> Option {
        Option(
            name, "X", expected: "a number from \(range.lowerBound) to \(range.upperBound)", meaning, standard: nil,
            standardText: nil, read: { Double($0).flatMap { range.contains($0) ? $0 : nil } })
    }
}

/// A name and what stands for it.
struct NamePair: Hashable, Sendable {
    let from: String
    /// May be empty.
    let to: String
}

extension Option<NamePair> {
    /// `FROM=TO`; the first `=` separates them.
    static func pair(_ name: String, _ meaning: String) -> Option {
        Option(
            name, "FROM=TO", expected: "two names, FROM=TO", meaning, standard: nil, standardText: nil,
            read: { text in
                guard let separator = text.firstIndex(of: "="), separator != text.startIndex else { return nil }
                return NamePair(
                    from: String(text[..<separator]), to: String(text[text.index(after: separator)...]))
            })
    }
}

extension Option<PixelTable.Shape> {
    /// `28x28` of grey, `32x32x3` of colours pixel after pixel, `3x32x32` of one colour after the other.
    static func shape(_ name: String, _ placeholder: String, _ meaning: String) -> Option {
        Option(
            name, placeholder, expected: "\(placeholder), such as 28x28", meaning, standard: nil, standardText: nil,
            read: { text in
                let sides = text.split(separator: "x", omittingEmptySubsequences: false).map { Int($0) ?? 0 }
                guard sides.allSatisfy({ 1...100_000 ~= $0 }) else { return nil }
                switch (sides.count, sides.first, sides.last) {
                case (2, _, _): return .init(height: sides[0], width: sides[1])
                case (3, _, 1): return .init(height: sides[0], width: sides[1])
                case (3, _, 3): return .init(height: sides[0], width: sides[1], channels: 3)
                case (3, 3, _): return .init(height: sides[1], width: sides[2], channels: 3, layout: .planar)
                default: return nil
                }
            })
    }
}

extension Option<Bool> {
    /// An option without a value, off unless given.
    static func flag(_ name: String, _ meaning: String) -> Option {
        Option(name, nil, expected: "", meaning, standard: nil, standardText: nil, read: { _ in true })
    }
}

extension Option where Value: RawRepresentable, Value.RawValue == String {
    /// One of the words of an enumeration.
    static func choice(
        _ name: String, _ placeholder: String, _ meaning: String, of values: [Value], default standard: Value? = nil
    ) -> Option {
        let words = values.map(\.rawValue)
        return Option(
            name, placeholder, expected: words.joined(separator: "|"), meaning, words: words, standard: standard,
            standardText: standard?.rawValue, read: { words.contains($0) ? Value(rawValue: $0) : nil })
    }
}

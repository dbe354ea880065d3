/// A YAML value that remembers where it was written.
package struct YAMLNode: Sendable {
    package var value: Value
    package var location: Location

    package indirect enum Value: Sendable {
        /// Text as it stands in the file; only a plain scalar (without quotes) may mean a number, a truth value or nothing.
        case scalar(String, isPlain: Bool)
        case sequence([YAMLNode])
        case mapping([Entry])
    }

    /// One `key: value` of a mapping. Keys are unique within it.
    package struct Entry: Sendable {
        package var key: String
        package var keyLocation: Location
        package var value: YAMLNode

        package init(key: String, keyLocation: Location, value: YAMLNode) {
            self.key = key
            self.keyLocation = keyLocation
            self.value = value
        }
    }

    package init(_ value: Value, at location: Location = .generated) {
        self.value = value
        self.location = location
    }
}

/// Where a value was written. Lines and columns count from 1; columns count characters.
package enum Location: Hashable, Sendable, Comparable, CustomStringConvertible {
    case file(path: String, line: Int, column: Int)
    /// An argument of the command line, such as `--set seed=1`.
    case argument(String)
    /// Made by the program.
    case generated

    package var description: String {
        switch self {
        case .file(let path, let line, let column): "\(path):\(line):\(column)"
        case .argument(let text): text
        case .generated: "(generated)"
        }
    }

    /// Files first, from top to bottom.
    package static func < (left: Location, right: Location) -> Bool {
        switch (left, right) {
        case (.file(let a, let lineA, let columnA), .file(let b, let lineB, let columnB)):
            (a, lineA, columnA) < (b, lineB, columnB)
        case (.file, _): true
        case (.argument(let a), .argument(let b)): a < b
        case (.argument, .generated): true
        default: false
        }
    }
}

extension YAMLNode {
    /// True for an empty plain scalar, `~` and `null`.
    package var isNull: Bool {
        guard case .scalar(let text, isPlain: true) = value else { return false }
        return ["", "~", "null", "Null", "NULL"].contains(text)
    }

    /// True for a map without keys, and for nothing, which stands for one.
    package var isEmptyMap: Bool {
        if case .mapping(let entries) = value { entries.isEmpty } else { isNull }
    }

    /// True for lists and maps.
    package var isCollection: Bool { if case .scalar = value { false } else { true } }

    /// How many items a list or keys a map has; 0 for a scalar.
    package var count: Int {
        switch value {
        case .scalar: 0
        case .sequence(let items): items.count
        case .mapping(let entries): entries.count
        }
    }

    /// The truth value of a plain `true`, `false` or one of YAML 1.1's other words for them: `yes`, `no`, `on`, `off`.
    package var boolean: Bool? {
        guard case .scalar(let text, isPlain: true) = value else { return nil }
        switch text {
        case "true", "True", "TRUE", "yes", "Yes", "YES", "on", "On", "ON": return true
        case "false", "False", "FALSE", "no", "No", "NO", "off", "Off", "OFF": return false
        default: return nil
        }
    }

    /// The value of a plain decimal number: `3`, `-1.5`, `.5`, `2e-5`, `1_000`. YAML 1.1 takes `2e-5` for text; nobody
    /// who writes a learning rate does.
    package var number: Double? {
        guard case .scalar(let text, isPlain: true) = value, text.contains(where: \.isNumber),
            text.allSatisfy({ "0123456789.eE+-_".contains($0) }), let first = text.first, first != "_"
        else { return nil }
        guard let number = Double(text.filter { $0 != "_" }), number.isFinite else { return nil }
        return number
    }

    /// The value of a plain whole number; `1e3` is one, `1.5` is not.
    package var integer: Int? {
        guard let number else { return nil }
        if case .scalar(let text, _) = value, let exact = Int(text.filter { $0 != "_" }) { return exact }
        return Int(exactly: number)
    }

    /// The text of a scalar that is not nothing.
    package var text: String? {
        guard case .scalar(let text, _) = value, !isNull else { return nil }
        return text
    }

    /// What to add for a person who wrote a number in another way than it is read.
    package var numberHint: String {
        guard case .scalar(let text, isPlain: true) = value, let first = text.first,
            first.isNumber || "+-.".contains(first)
        else { return "" }
        let marks = text.unicodeScalars.filter { !("0"..."9").contains($0) && !"+-eE.".unicodeScalars.contains($0) }
        if marks.isEmpty { return "" }
        if marks.elementsEqual("%".unicodeScalars) { return "; write a tenth as 0.1, not as 10%" }
        let separators = ",' ".unicodeScalars
        guard marks.allSatisfy({ separators.contains($0) || $0.isOddBlank || $0.isTypographicQuote }) else { return "" }
        return "; numbers have a decimal point, as in 0.001, and nothing between thousands, as in 10000"
    }

    /// What to add for a person who cannot see that a character is another than it seems.
    package var lookAlikeHint: String {
        guard case .scalar(let text, isPlain: true) = value else { return "" }
        return text.lookAlikeHint
    }

    /// What stands here, for a message: `the text "ten"`, `3`, `a list`.
    package var found: String {
        switch value {
        case .sequence: "a list"
        case .mapping: "a map"
        case .scalar(let text, let isPlain):
            if isNull {
                "nothing"
            } else if isPlain && (number != nil || boolean != nil) {
                text
            } else {
                "the text \"\(text.shortened)\""
            }
        }
    }
}

extension String {
    /// At most 60 characters of the text, for messages.
    package var shortened: String { count > 60 ? prefix(60) + "…" : self }
}

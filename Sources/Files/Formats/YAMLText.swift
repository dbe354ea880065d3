// Printing YAML: maps in block style where they are sections, in flow style where they are short.

extension YAMLNode {
    package static func text(_ text: String) -> YAMLNode { YAMLNode(.scalar(text, isPlain: text.isSafePlain)) }
    package static func number(_ number: Double) -> YAMLNode {
        if let integer = Int(exactly: number), abs(integer) < 1 << 53 { return .integer(integer) }
        return YAMLNode(.scalar("\(number)", isPlain: true))
    }
    package static func integer(_ integer: some BinaryInteger) -> YAMLNode {
        YAMLNode(.scalar("\(integer)", isPlain: true))
    }
    package static func boolean(_ boolean: Bool) -> YAMLNode {
        YAMLNode(.scalar(boolean ? "true" : "false", isPlain: true))
    }
    package static func list(_ items: [YAMLNode]) -> YAMLNode { YAMLNode(.sequence(items)) }
    package static func map(_ entries: [(String, YAMLNode)]) -> YAMLNode {
        YAMLNode(.mapping(entries.map { Entry(key: $0.0, keyLocation: .generated, value: $0.1) }))
    }

    /// The YAML text of a map of sections: the maps in it down to `depth` are written one key a line.
    package func rendered(blockDepth depth: Int = 1) -> String {
        guard case .mapping(let entries) = value else { return flow + "\n" }
        return entries.map { $0.block(indentation: "", depth: depth) }.joined()
    }

    /// The YAML text on one line.
    package var flow: String {
        switch value {
        case .scalar(let text, let isPlain): isPlain ? text : text.quoted
        case .sequence(let items): "[" + items.map(\.flow).joined(separator: ", ") + "]"
        case .mapping(let entries):
            "{" + entries.map { "\(YAMLNode.text($0.key).flow): \($0.value.flow)" }.joined(separator: ", ") + "}"
        }
    }
}

extension YAMLNode.Entry {
    fileprivate func block(indentation: String, depth: Int) -> String {
        let label = "\(indentation)\(YAMLNode.text(key).flow):"
        switch value.value {
        case .mapping(let entries) where depth > 0 && !entries.isEmpty:
            return label + "\n" + entries.map { $0.block(indentation: indentation + "  ", depth: depth - 1) }.joined()
        case .sequence(let items) where depth > 0 && items.contains(where: \.isCollection):
            return label + "\n" + items.map { "\(indentation)  - \($0.flow)\n" }.joined()
        default:
            return "\(label) \(value.flow)\n"
        }
    }
}

extension String {
    /// Whether the text can stand without quotes and is read as text again.
    fileprivate var isSafePlain: Bool {
        guard let first, first.isASCII, first.isLetter || first == "_" || first == "/" || first == "." else {
            return false
        }
        let node = YAMLNode(.scalar(self, isPlain: true))
        guard !node.isNull, node.boolean == nil, node.number == nil else { return false }
        return allSatisfy { $0.isASCII && ($0.isLetter || $0.isNumber || "_-./".contains($0)) }
    }

    /// The text in double quotes with YAML's escapes.
    fileprivate var quoted: String {
        var result = "\""
        for scalar in unicodeScalars {
            switch scalar {
            case "\"": result += "\\\""
            case "\\": result += "\\\\"
            case "\n": result += "\\n"
            case "\t": result += "\\t"
            case _
            where scalar.value < 0x20 || (0x7F..<0xA0).contains(scalar.value) || scalar.value == 0xFEFF
                || (0x2028...0x2029).contains(scalar.value):
                let digits = String(scalar.value, radix: 16)
                result += "\\u" + String(repeating: "0", count: 4 - digits.count) + digits
            default: result.unicodeScalars.append(scalar)
            }
        }
        return result + "\""
    }
}

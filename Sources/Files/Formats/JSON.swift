import Foundation

/// A JSON value whose objects keep the order they were written in.
package enum JSON: Sendable, Equatable {
    case null
    case bool(Bool)
    case integer(Int)
    /// Written as the shortest digits that read back the same; `null` where it is not finite.
    case number(Double)
    case string(String)
    case array([JSON])
    case object([Member])

    /// A key of an object, and its value.
    package struct Member: Sendable, Equatable {
        package let key: String
        package let value: JSON

        package init(key: String, value: JSON) {
            self.key = key
            self.value = value
        }
    }

    /// A number, or `null`.
    package init(_ value: Double?) { self = value.map(JSON.number) ?? .null }
    /// A whole number, or `null`.
    package init(_ value: Int?) { self = value.map(JSON.integer) ?? .null }
    /// A string, or `null`.
    package init(_ value: String?) { self = value.map(JSON.string) ?? .null }

    /// The value as text on one line.
    package var compactText: String {
        var text = ""
        write(to: &text, indentation: nil)
        return text
    }

    /// The value as text that people can read: a line for each member, arrays of plain values on one line.
    package var text: String {
        var text = ""
        write(to: &text, indentation: 0)
        return text + "\n"
    }

    private func write(to text: inout String, indentation: Int?) {
        switch self {
        case .null: text += "null"
        case .bool(let value): text += value ? "true" : "false"
        case .integer(let value): text += String(value)
        case .number(let value): text += value.isFinite ? value.description : "null"
        case .string(let value): Self.write(value, to: &text)
        case .array(let elements):
            let isFlat = indentation == nil || elements.allSatisfy(\.isPlain)
            Self.write(elements, open: "[", close: "]", indentation: isFlat ? nil : indentation, to: &text) {
                $0.write(to: &$1, indentation: $2)
            }
        case .object(let members):
            Self.write(members, open: "{", close: "}", indentation: indentation, to: &text) {
                Self.write($0.key, to: &$1)
                $1 += ": "
                $0.value.write(to: &$1, indentation: $2)
            }
        }
    }

    private var isPlain: Bool {
        switch self {
        case .array, .object: false
        default: true
        }
    }

    private static func write<Element>(
        _ elements: [Element], open: String, close: String, indentation: Int?, to text: inout String,
        element: (Element, inout String, Int?) -> Void
    ) {
        let inner = indentation.map { "\n" + String(repeating: " ", count: 2 * $0 + 2) }
        text += open
        for (index, value) in elements.enumerated() {
            if index > 0 { text += inner == nil ? ", " : "," }
            text += inner ?? ""
            element(value, &text, indentation.map { $0 + 1 })
        }
        if let indentation, !elements.isEmpty { text += "\n" + String(repeating: " ", count: 2 * indentation) }
        text += close
    }

    private static func write(_ string: String, to text: inout String) {
        text += "\""
        for scalar in string.unicodeScalars {
            switch scalar {
            case "\"": text += "\\\""
            case "\\": text += "\\\\"
            case "\n": text += "\\n"
            case "\r": text += "\\r"
            case "\t": text += "\\t"
            case "\0"..." ", "\u{7F}":
                if scalar == " " { text += " " } else { text += String(format: "\\u%04x", scalar.value) }
            default:
                // As Python writes a name that is not UTF-8, and reads it again.
                if let byte = scalar.fileNameByte {
                    text += "\\udc" + String(byte, radix: 16)
                } else {
                    text.unicodeScalars.append(scalar)
                }
            }
        }
        text += "\""
    }
}

extension JSON: ExpressibleByDictionaryLiteral, ExpressibleByArrayLiteral, ExpressibleByStringLiteral,
    ExpressibleByIntegerLiteral, ExpressibleByFloatLiteral, ExpressibleByBooleanLiteral, ExpressibleByNilLiteral
{
    package init(dictionaryLiteral members: (String, JSON)...) {
        self = .object(members.map { Member(key: $0.0, value: $0.1) })
    }
    package init(arrayLiteral elements: JSON...) { self = .array(elements) }
    package init(stringLiteral value: String) { self = .string(value) }
    package init(integerLiteral value: Int) { self = .integer(value) }
    package init(floatLiteral value: Double) { self = .number(value) }
    package init(booleanLiteral value: Bool) { self = .bool(value) }
    package init(nilLiteral: ()) { self = .null }
}

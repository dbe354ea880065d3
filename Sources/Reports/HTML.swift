import Files

/// A piece of HTML. What is interpolated into it as a string is escaped; only literals and other pieces are taken as
/// they are.
struct HTML: ExpressibleByStringInterpolation, Sendable {
    private(set) var text: String

    init(stringLiteral value: String) { text = value }
    init(stringInterpolation: Interpolation) { text = stringInterpolation.text }

    struct Interpolation: StringInterpolationProtocol {
        fileprivate var text = ""

        init(literalCapacity: Int, interpolationCount: Int) { text.reserveCapacity(2 * literalCapacity) }
        mutating func appendLiteral(_ literal: String) { text += literal }
        mutating func appendInterpolation(_ html: HTML) { text += html.text }
        mutating func appendInterpolation(_ pieces: [HTML]) { for piece in pieces { text += piece.text } }
        mutating func appendInterpolation(_ literal: StaticString) { text += literal.description }
        mutating func appendInterpolation(_ number: Int) { text += String(number) }
        mutating func appendInterpolation(_ string: some StringProtocol) { HTML.escape(string, into: &text) }
    }

    static func += (html: inout HTML, more: HTML) { html.text += more.text }

    private static func escape(_ string: some StringProtocol, into text: inout String) {
        for scalar in string.unicodeScalars {
            switch scalar {
            case "&": text += "&amp;"
            case "<": text += "&lt;"
            case ">": text += "&gt;"
            case "\"": text += "&quot;"
            case "'": text += "&#39;"
            case "\n", "\t": text.unicodeScalars.append(scalar)
            case _ where scalar.isSeen: text.unicodeScalars.append(scalar)
            // Among them are characters that HTML does not allow, and marks that turn the direction of what follows.
            default: text += scalar.escaped
            }
        }
    }
}

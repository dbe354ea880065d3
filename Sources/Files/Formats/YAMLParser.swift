import CYAML

/// Turns YAML text into a tree with libyaml.
///
/// What people write here is small and flat. What makes YAML dangerous or surprising is refused with a message: aliases, tags, several
/// documents, repeated keys, and files beyond the limits below.
package final class YAMLParser {
    /// The largest text, in bytes.
    package static let maximumSize = 1 << 20
    /// How deeply lists and maps may nest.
    package static let maximumDepth = 32
    /// The largest number of scalars, lists and maps.
    static let maximumNodeCount = 20_000

    private let name: (yaml_mark_t) -> Location
    private let problems: Problems
    private let parser: UnsafeMutablePointer<yaml_parser_t>
    private let lines: [Substring.UnicodeScalarView]
    private var nodeCount = 0
    /// Where the last scalar, list or map ended, counted in characters.
    private var lastEnd = 0

    /// Reads one document.
    /// - Parameters:
    ///   - text: the YAML text.
    ///   - locate: the location of a line and a column, both from 1.
    ///   - isAlone: whether comments behind the document are refused.
    ///   - problems: takes what can be reported without giving up.
    /// - Throws: `YAMLError` where no tree can be made.
    package static func parse(
        _ text: String, locate: @escaping (_ line: Int, _ column: Int) -> Location, isAlone: Bool = false,
        problems: Problems
    ) throws -> YAMLNode {
        guard text.utf8.count <= maximumSize else {
            throw YAMLError(
                locate(1, 1), "\(problems.subject) has at most \(maximumSize) bytes, this has \(text.utf8.count)")
        }
        var scalars = text.unicodeScalars[...]
        // Editors on Windows begin files with a byte order mark.
        if scalars.first == "\u{FEFF}" { scalars.removeFirst() }
        var text = String(scalars)
        let lines = text.yamlLines
        try refuseOddIndentation(lines, locate, problems)
        return try text.withUTF8 { bytes in
            let parser = YAMLParser(bytes: bytes, lines: lines, locate: locate, problems: problems)
            let root = try parser.document()
            if isAlone, parser.lastEnd < scalars.count {
                throw YAMLError(root.location, "something follows the value")
            }
            return root
        }
    }

    private init(
        bytes: UnsafeBufferPointer<UInt8>, lines: [Substring.UnicodeScalarView],
        locate: @escaping (Int, Int) -> Location,
        problems: Problems
    ) {
        self.lines = lines
        self.problems = problems
        name = { locate($0.line + 1, $0.column + 1) }
        parser = .allocate(capacity: 1)
        guard yaml_parser_initialize(parser) == 1 else { preconditionFailure("out of memory") }
        yaml_parser_set_input_string(parser, bytes.baseAddress, bytes.count)
        yaml_parser_set_encoding(parser, YAML_UTF8_ENCODING)
    }

    deinit {
        yaml_parser_delete(parser)
        parser.deallocate()
    }
}

// MARK: - Tree

extension YAMLParser {
    private func document() throws -> YAMLNode {
        try expect(YAML_STREAM_START_EVENT)
        let event = try next()
        guard event.type == YAML_DOCUMENT_START_EVENT else {
            throw YAMLError(location(event.start), "there is nothing in it")
        }
        let root = try node(next(), depth: 0)
        try expect(YAML_DOCUMENT_END_EVENT)
        let end = try next()
        guard end.type == YAML_STREAM_END_EVENT else {
            throw YAMLError(location(end.start), "a second document begins here; \(problems.subject) is one document")
        }
        return root
    }

    private func node(_ event: Event, depth: Int) throws -> YAMLNode {
        let start = location(event.start)
        nodeCount += 1
        guard nodeCount <= Self.maximumNodeCount else {
            throw YAMLError(start, "\(problems.subject) has at most \(Self.maximumNodeCount) values")
        }
        guard depth <= Self.maximumDepth else {
            throw YAMLError(start, "lists and maps are nested more than \(Self.maximumDepth) deep")
        }
        if event.hasAnchor { problems.add(start, "anchors and aliases (& and *) are not allowed; repeat the value") }
        if event.hasTag { problems.add(start, "tags (!) are not allowed; write the plain value") }
        switch event.type {
        case YAML_SCALAR_EVENT:
            if event.isPlain { report(Self.problems(ofPlain: event.text), event) }
            return YAMLNode(.scalar(event.text, isPlain: event.isPlain), at: start)
        case YAML_SEQUENCE_START_EVENT: return YAMLNode(.sequence(try items(depth: depth)), at: start)
        case YAML_MAPPING_START_EVENT: return YAMLNode(.mapping(try entries(depth: depth)), at: start)
        default: return YAMLNode(.scalar("", isPlain: true), at: start)
        }
    }

    private func items(depth: Int) throws -> [YAMLNode] {
        var items: [YAMLNode] = []
        while true {
            let event = try next()
            if event.type == YAML_SEQUENCE_END_EVENT { return items }
            items.append(try node(event, depth: depth + 1))
        }
    }

    private func entries(depth: Int) throws -> [YAMLNode.Entry] {
        var entries: [YAMLNode.Entry] = []
        var firstPlaces: [String: Location] = [:]
        while true {
            let event = try next()
            if event.type == YAML_MAPPING_END_EVENT { return entries }
            let key = try node(event, depth: depth + 1)
            let value = try node(next(), depth: depth + 1)
            guard case .scalar(let name, _) = key.value else {
                problems.add(key.location, "a key must be a word, found \(key.found)")
                continue
            }
            if let first = firstPlaces[name] {
                problems.add(key.location, "the key `\(name)` is here a second time; the first is at \(first)")
                continue
            }
            firstPlaces[name] = key.location
            if value.isBlank, name.allSatisfy(\.isNumber), entries.last?.value.number != nil {
                problems.add(key.location, "a comma parts values; write a decimal point in a number, as in 0.001")
            }
            entries.append(YAMLNode.Entry(key: name, keyLocation: key.location, value: value))
        }
    }
}

// MARK: - Events

extension YAMLParser {
    /// What the tree needs of a libyaml event.
    private struct Event {
        var type: yaml_event_type_t
        var start: yaml_mark_t
        var end: yaml_mark_t
        var text = ""
        var isPlain = false
        var hasAnchor = false
        var hasTag = false
    }

    private func next() throws -> Event {
        var raw = yaml_event_t()
        guard yaml_parser_parse(parser, &raw) == 1 else { throw syntaxError() }
        defer { yaml_event_delete(&raw) }
        var event = Event(type: raw.type, start: raw.start_mark, end: raw.end_mark)
        if ![YAML_DOCUMENT_END_EVENT, YAML_STREAM_END_EVENT].contains(raw.type) { lastEnd = raw.end_mark.index }
        switch raw.type {
        case YAML_SCALAR_EVENT:
            let scalar = raw.data.scalar
            event.text = String(
                decoding: UnsafeBufferPointer(start: scalar.value, count: scalar.length), as: UTF8.self)
            event.isPlain = scalar.style == YAML_PLAIN_SCALAR_STYLE
            event.hasAnchor = scalar.anchor != nil
            event.hasTag = scalar.tag != nil
        case YAML_SEQUENCE_START_EVENT:
            event.hasAnchor = raw.data.sequence_start.anchor != nil
            event.hasTag = raw.data.sequence_start.tag != nil
        case YAML_MAPPING_START_EVENT:
            event.hasAnchor = raw.data.mapping_start.anchor != nil
            event.hasTag = raw.data.mapping_start.tag != nil
        case YAML_ALIAS_EVENT:
            event.hasAnchor = true
        default: break
        }
        return event
    }

    private func expect(_ type: yaml_event_type_t) throws {
        let event = try next()
        precondition(event.type == type, "libyaml broke its grammar of events")
    }

    private func location(_ mark: yaml_mark_t) -> Location { name(mark) }

    private func syntaxError() -> YAMLError {
        let state = parser.pointee
        var mark = state.problem_mark
        if state.error == YAML_READER_ERROR { mark = self.mark(ofByte: Int(state.problem_offset)) }
        if let tab = indentingTab(line: Int(mark.line)) {
            return YAMLError(location(tab), "a tab indents this line; YAML wants spaces")
        }
        var message = state.problem.map { String(cString: $0) } ?? "not YAML"
        if let context = state.context {
            message += " \(String(cString: context))"
            if state.context_mark.line != mark.line { message += " (begun in line \(state.context_mark.line + 1))" }
        }
        if message.hasPrefix("found unknown escape character") {
            message += "; in single quotes a backslash is a backslash"
        }
        return YAMLError(location(mark), message + lookAlikeHint([Int(state.context_mark.line), Int(mark.line)]))
    }

    private func indentingTab(line: Int) -> yaml_mark_t? {
        guard lines.indices.contains(line) else { return nil }
        let indentation = lines[line].prefix { $0 == " " || $0 == "\t" }
        guard let column = Array(indentation).firstIndex(of: "\t") else { return nil }
        return yaml_mark_t(index: 0, line: line, column: column)
    }

    /// Names a character of these lines that may be what confuses the parser.
    private func lookAlikeHint(_ candidates: [Int]) -> String {
        for line in candidates where lines.indices.contains(line) {
            let code = lines[line].prefix { $0 != "#" }
            if let (column, character) = code.enumerated().first(where: { $0.element.isLookAlike }) {
                return "; in line \(line + 1), column \(column + 1), is \(character.named)"
            }
        }
        return ""
    }

    private func mark(ofByte offset: Int) -> yaml_mark_t {
        var remaining = offset
        for (number, line) in lines.enumerated() {
            let size = String(line).utf8.count
            if remaining <= size {
                let column = String(decoding: String(line).utf8.prefix(remaining), as: UTF8.self).unicodeScalars.count
                return yaml_mark_t(index: 0, line: number, column: column)
            }
            remaining -= size + 1
        }
        return yaml_mark_t(index: 0, line: 0, column: 0)
    }
}

// MARK: - Characters that look like others

extension YAMLParser {
    /// A fault at the beginning or the end of a value.
    package struct EdgeProblem {
        package var message: String
        var isAtEnd: Bool
    }

    /// What is wrong with a text without quotes that YAML takes as it is, and nobody means so.
    package static func problems(ofPlain text: String) -> [EdgeProblem] {
        let scalars = text.unicodeScalars
        guard let first = scalars.first, let last = scalars.last else { return [] }
        if first.isTypographicQuote {
            return [EdgeProblem(message: "\(first.named) is no quote in YAML; write \" or '", isAtEnd: false)]
        }
        if first.isOddBlank {
            return [EdgeProblem(message: "here is \(first.named); write an ordinary space", isAtEnd: false)]
        }
        return last.isOddBlank
            ? [EdgeProblem(message: "here is \(last.named); remove it", isAtEnd: true)] : []
    }

    private func report(_ edgeProblems: [EdgeProblem], _ event: Event) {
        for problem in edgeProblems {
            var mark = event.start
            if problem.isAtEnd {
                mark = event.end
                mark.column -= 1
            }
            problems.add(location(mark), problem.message)
        }
    }

    /// Blanks other than the space indent nothing: YAML takes them for the beginning of a word.
    private static func refuseOddIndentation(
        _ lines: [Substring.UnicodeScalarView], _ locate: (Int, Int) -> Location, _ problems: Problems
    ) throws {
        var found: [YAMLError.Problem] = []
        for (number, line) in lines.enumerated() {
            let indentation = line.prefix { $0 == " " || $0 == "\t" || $0.isOddBlank }
            guard indentation.count < line.count,
                let (column, blank) = indentation.enumerated().first(where: { $0.element.isOddBlank })
            else { continue }
            found.append(
                .init(
                    location: locate(number + 1, column + 1),
                    message: "\(blank.named) indents this line; YAML wants ordinary spaces"))
            if found.count > YAMLError.shownCount { break }
        }
        if !found.isEmpty { throw YAMLError(problems: found, in: problems.subject) }
    }
}

extension YAMLNode {
    /// Whether nothing is written here.
    fileprivate var isBlank: Bool {
        if case .scalar("", isPlain: true) = value { true } else { false }
    }
}

extension String {
    /// The lines as YAML 1.1 has them: parted by LF, CR, both, and three ends of lines of Unicode's.
    fileprivate var yamlLines: [Substring.UnicodeScalarView] {
        var lines: [Substring.UnicodeScalarView] = []
        let scalars = unicodeScalars
        var (start, index) = (scalars.startIndex, scalars.startIndex)
        while index < scalars.endIndex {
            let scalar = scalars[index]
            let next = scalars.index(after: index)
            switch scalar {
            case "\r" where next < scalars.endIndex && scalars[next] == "\n": break
            case "\n", "\r", "\u{85}", "\u{2028}", "\u{2029}":
                lines.append(scalars[start..<index])
                start = next
            default: break
            }
            index = next
        }
        return lines + [scalars[start...]]
    }
}

/// What is wrong with a text in YAML, all of it, in the order of the file.
package struct YAMLError: UserFacingError {
    package struct Problem: Hashable, Sendable, CustomStringConvertible {
        package let location: Location
        package let message: String
        package var description: String { "\(location): \(message)".legible }
    }

    /// At least one.
    package let problems: [Problem]
    /// What the text is, such as `the recipe`.
    private let subject: String

    package var kind: ErrorKind { .usage }
    package var isOneLine: Bool { false }

    package var description: String {
        let shown = problems.prefix(Self.shownCount).map(\.description)
        guard problems.count > 1 else { return shown.joined() }
        let rest = problems.count - shown.count
        return (["\(problems.count) problems in \(subject)"] + shown + (rest > 0 ? ["and \(rest) more"] : []))
            .joined(separator: "\n")
    }

    /// Of more problems no more than so many are told.
    package static let shownCount = 50

    package init(problems: [Problem], in subject: String) {
        self.problems = problems.sorted { $0.location < $1.location }
        self.subject = subject
    }

    /// A single problem.
    package init(_ location: Location, _ message: String) {
        self.init(problems: [Problem(location: location, message: message)], in: "\(location)")
    }
}

/// Collects problems, so that all of them can be reported in one pass.
package final class Problems {
    /// What the text is, such as `the recipe`.
    let subject: String
    package private(set) var all: [YAMLError.Problem] = []

    package init(in subject: String) { self.subject = subject }

    package func add(_ location: Location, _ message: String) {
        // What was written may be endless.
        let message = message.utf8.count > 4000 ? message.prefix(1000) + "…" : message
        all.append(YAMLError.Problem(location: location, message: message))
    }

    /// - Throws: `YAMLError` if there are any.
    package func throwIfAny() throws {
        if !all.isEmpty { throw YAMLError(problems: all, in: subject) }
    }
}

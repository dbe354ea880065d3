import Tensors

/// What is wrong with a recipe, all of it, in the order of the file.
package struct RecipeError: UserFacingError {
    package struct Problem: Hashable, Sendable, CustomStringConvertible {
        package let location: Location
        package let message: String
        package var description: String { "\(location): \(message)".legible }
    }

    /// At least one.
    package let problems: [Problem]

    package var exitCode: Int32 { 2 }
    package var isOneLine: Bool { false }

    package var description: String {
        let shown = problems.prefix(Self.shownCount).map(\.description)
        guard problems.count > 1 else { return shown.joined() }
        let rest = problems.count - shown.count
        return (["\(problems.count) problems in the recipe"] + shown + (rest > 0 ? ["and \(rest) more"] : []))
            .joined(separator: "\n")
    }

    /// Of more problems no more than so many are told.
    static let shownCount = 50

    package init(problems: [Problem]) {
        self.problems = problems.sorted { $0.location < $1.location }
    }

    init(_ location: Location, _ message: String) {
        problems = [Problem(location: location, message: message)]
    }
}

/// Collects problems, so that all of them can be reported in one pass.
final class Problems {
    private(set) var all: [RecipeError.Problem] = []

    func add(_ location: Location, _ message: String) {
        // What was written may be endless.
        let message = message.utf8.count > 4000 ? message.prefix(1000) + "…" : message
        all.append(RecipeError.Problem(location: location, message: message))
    }

    /// - Throws: `RecipeError` if there are any.
    func throwIfAny() throws {
        if !all.isEmpty { throw RecipeError(problems: all) }
    }
}

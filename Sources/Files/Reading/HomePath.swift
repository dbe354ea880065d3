import Foundation

extension String {
    /// The path with the home folder for a `~/` at its beginning, as shells have it. They leave it alone in quotes, in recipes
    /// and behind `--option=`, where people write it all the same. A folder called `~` is `./~`.
    package var expandingHome: String {
        guard self == "~" || hasPrefix("~/") else { return self }
        let home = ProcessInfo.processInfo.environment["HOME"].flatMap { $0.isEmpty ? nil : $0 } ?? NSHomeDirectory()
        return home + dropFirst()
    }
}

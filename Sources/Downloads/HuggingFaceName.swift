import Files

/// A model on Hugging Face, or one file of it: `hf://OWNER/NAME[@REVISION][/FILE]`.
package struct HuggingFaceName: Hashable, Sendable, CustomStringConvertible {
    package let owner: String
    package let name: String
    /// A branch, a tag or a commit; `main` where nobody says.
    package let revision: String
    /// The folders of a file, and the file last; empty where the usual ones are meant.
    let file: [String]

    static let scheme = "hf://"

    /// Whether a text is meant to be one.
    package static func isMeant(by text: String) -> Bool { text.hasPrefix(scheme) }

    /// - Throws: `AddressError` where the text is none.
    package init(_ text: String) throws(AddressError) {
        let parts = text.dropFirst(Self.scheme.count).split(separator: "/", omittingEmptySubsequences: false)
        let names = parts.dropFirst().first.map {
            $0.split(separator: "@", maxSplits: 1, omittingEmptySubsequences: false)
        }
        let all = parts.prefix(1) + (names ?? []) + parts.dropFirst(2)
        guard text.hasPrefix(Self.scheme), parts.count >= 2, all.allSatisfy(CachePlace.isSafe) else {
            throw AddressError(
                description:
                    "`\(text)` is no name of Hugging Face's: they are hf://OWNER/NAME, hf://OWNER/NAME@REVISION or "
                    + "hf://OWNER/NAME/FILE, of letters, digits, `.`, `_` and `-`")
        }
        owner = String(parts[0])
        name = names?.first.map(String.init) ?? ""
        revision = names?.dropFirst().first.map(String.init) ?? "main"
        file = parts.dropFirst(2).map(String.init)
    }

    /// The name of what lies at an address of Hugging Face; nil where that is of another kind.
    init?(at url: WebAddress) {
        let prefix = FetchSettings.publicEndpoint + "/"
        guard url.description.hasPrefix(prefix) else { return nil }
        let parts = url.description.dropFirst(prefix.count).split(separator: "/", omittingEmptySubsequences: false)
        guard parts.count >= 5, parts[2] == "resolve" else { return nil }
        let file = parts.dropFirst(4).joined(separator: "/")
        guard let name = try? HuggingFaceName("\(Self.scheme)\(parts[0])/\(parts[1])@\(parts[3])/\(file)") else {
            return nil
        }
        self = name
    }

    private init(_ other: HuggingFaceName, file: [String]) {
        (owner, name, revision) = (other.owner, other.name, other.revision)
        self.file = file
    }

    /// Another file of the same model.
    func file(_ names: [String]) -> HuggingFaceName { HuggingFaceName(self, file: names) }

    /// Another file in the same folder.
    func sibling(_ name: String) -> HuggingFaceName { file(file.dropLast() + [name]) }

    package var description: String {
        let version = revision == "main" ? "" : "@\(revision)"
        return "\(Self.scheme)\(owner)/\(name)\(version)" + file.map { "/\($0)" }.joined()
    }
}

/// An address or name from which nothing can be fetched.
package struct AddressError: UserFacingError, Equatable {
    package let description: String
    package var kind: ErrorKind { .usage }
}

import Downloads
import Files
import Pretrained
import Recipes

let weightsListCommand = Command(
    name: "weights list", summary: "List published weights that can be named instead of a file"
) { _ in try Console.put(WeightCatalog.standard().table.text) }

let weightsFetchCommand = Command(
    name: "weights fetch", summary: "Fetch published weights, and print where they are",
    discussion: """
        A NAME is one that `finetune weights list` tells, or hf://OWNER/NAME, hf://OWNER/NAME@REVISION or
        hf://OWNER/NAME/FILE on Hugging Face. Other commands fetch by themselves what they need. Everything is kept in the
        folder that FINETUNE_CACHE names, else in ~/.cache/finetune; what was cut off goes on at the next attempt.
        """,
    operands: .oneOrMore("NAME"), options: FetchOptions.declarations
) { arguments in
    let catalog = try WeightCatalog.standard()
    let fetcher = FetchOptions.fetcher(arguments)
    for name in arguments.operands {
        let (path, entry) = try catalog.resolve(name, fetcher)
        for line in entry?.conditions ?? [] { Console.say("\(name): \(line)\n") }
        try Console.put(path + "\n")
    }
}

let weightsVerifyCommand = Command(
    name: "weights verify", summary: "Tell by their checksums which published weights files are",
    discussion: """
        Prints each file and its name in the catalogue, separated by a tab; exit code 3 where one has none or cannot be read.
        """,
    operands: .oneOrMore("FILE")
) { arguments in
    let catalog = try WeightCatalog.standard()
    var (others, unreadable) = (0, 0)
    for path in arguments.operands {
        do {
            let verdict = try catalog.verify(path)
            if case .published(let entry) = verdict {
                try Console.put(.tabSeparated([path, entry.name]))
            } else {
                others += 1
            }
            Console.say("\(path): \(verdict.words)\n")
        } catch let error as WeightSourceError {
            unreadable += 1
            Console.say("\(message(for: error))\n")
        }
    }
    if others + unreadable > 0 {
        throw UnpublishedFiles(others: others, unreadable: unreadable, of: arguments.operands.count)
    }
}

extension CatalogEntry {
    /// What whoever uses the weights should know.
    fileprivate var conditions: [String] {
        let source = licenceSource.map { " (\($0))" } ?? ""
        return [licence.map { "licence: \($0)\(source)" }, note].compactMap(\.self)
    }
}

extension WeightCatalog.Verdict {
    fileprivate var words: String {
        switch self {
        case .published(let entry): "is \(entry.name), by its \(entry.checksum?.words ?? "checksum")"
        case .other(let entry, let found, let expected):
            "is called as \(entry.name) is, and is not that file: its checksum is \(found.words), not \(expected.words)"
        case .unknown(let digits): "is no file of which the catalogue has the checksum: its own is SHA-256 \(digits)"
        }
    }
}

/// Files that the catalogue does not have, or that cannot be read; which has been said.
private struct UnpublishedFiles: UserFacingError {
    let others: Int
    let unreadable: Int
    let of: Int

    var kind: ErrorKind { .data }
    var description: String {
        let files = Words.counted(of, "file")
        let parts = [
            unreadable > 0 ? "\(unreadable) of \(files) cannot be read" : nil,
            others > 0
                ? "\(others) of \(files) \(others == 1 ? "is" : "are") none of the catalogue's; `finetune weights fetch` gets those "
                    + "that are" : nil,
        ]
        return parts.compactMap(\.self).joined(separator: "; ")
    }
}

import Files
import Pretrained
import Recipes

private let all = Option.flag("--all", "a line for every tensor instead of one for each part of the network")
private let json = Option.flag("--json", "print a JSON object with all parts and tensors")

let diffCommand = Command(
    name: "diff", summary: "Tell which tensors of two weight files differ, and by how much",
    discussion: """
        A and B are run folders, models, weight files of any kind that is read, folders with one, names from the catalogue or
        hf://OWNER/NAME. largest is the largest difference of two numbers, relative the largest beside the larger of the two,
        norm the length of the whole change beside that of A. Numbers are compared as 32-bit floats; types are compared,
        too, and what is equal only as floats is said. Ends with 0 where all tensors are equal bit for bit, with 1 where not.
        """,
    operands: .two("A", "B"), options: [all.declaration, json.declaration] + FetchOptions.declarations
) { arguments in
    let fetcher = FetchOptions.fetcher(arguments)
    let first = try ModelSource.weightFile(arguments.operands[0], fetcher)
    let second = try ModelSource.weightFile(arguments.operands[1], fetcher)
    let comparison = try WeightComparison(first.path, second.path, known: (first.known, second.known))
    try Console.put(arguments.has(json) ? comparison.json.text : comparison.text(all: arguments.has(all)))
    if !comparison.isEqual { throw FilesDiffer() }
}

/// Two files were compared, and differ: all that is to be said has been.
struct FilesDiffer: Error {
    /// As of `diff`.
    static let exitCode: Int32 = 1
}

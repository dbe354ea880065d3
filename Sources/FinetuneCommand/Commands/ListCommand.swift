import Files
import Images
import Networks
import Recipes
import Tensors

let listCommand = Command(
    name: "list", summary: "List architectures, catalogue weights, augmentations, optimisers and schedules"
) { _ in
    try Console.put("Architectures\n" + rows(Architecture.catalogue.map { ($0.rawValue, $0.words) }))
    try Console.put("\nWeights\n" + WeightCatalog.standard().table.text)
    try Console.put("\nAugmentations\n" + AugmentationDescription.all.map(\.text).joined())
    try Console.put("\nOptimisers\n" + rows(optimizerNames.map { ($0, "") }))
    try Console.put("\nSchedules\n" + rows(scheduleNames.map { ($0, "") }))
}

/// Indented rows of a name and what is said of it.
private func rows(_ rows: [(String, String)]) -> String {
    var table = TextTable([("", .leading), ("", .leading)])
    for (name, words) in rows { table.add(["  \(name)", words]) }
    return table.lines.dropFirst().map { $0 + "\n" }.joined()
}

extension Architecture {
    fileprivate var words: String {
        let parameters = publishedNetwork.parameters.filter { !$0.isStatistic }.reduce(0) { $0 + $1.shape.product }
        let forms = family.forms.isEmpty ? "" : "; \(family.forms.map(\.rawValue).joined(separator: ", "))"
        return """
            \(Words.grouped(parameters)) parameters with 1,000 classes, published for \(publishedImageSize)×\(publishedImageSize)\
            \(forms)
            """
    }
}

extension AugmentationDescription {
    /// The name and what it does, then a line for each parameter.
    fileprivate var text: String {
        "  \(name)  \(summary)\n"
            + parameters.map { "      \($0.name)  \($0.meaning): \($0.expectation) (default \($0.defaultValue))\n" }
            .joined()
    }
}

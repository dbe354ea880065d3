/// The `README.md` beside an exported model: what it is, how good, how its images are prepared, how it is loaded.
struct ModelCard {
    let text: String

    /// - Throws: `ExportError` for a network that the format cannot hold.
    init(_ export: Export, _ format: any ExportFormat, file: String) throws {
        let sections = CardSections(export)
        text =
            FrontMatter(export, library: format.library(of: export)).text + "\n"
            + [
                sections.summary, sections.use, try sections.loading(format.usage(of: export, file: file)),
                sections.preprocessing, sections.outputs, sections.results, sections.training, sections.licence,
            ].filter { !$0.isEmpty }.joined(separator: "\n\n") + "\n"
    }
}

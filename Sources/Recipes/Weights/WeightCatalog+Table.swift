import Downloads
import Files
import Foundation
import Networks
import Pretrained

extension WeightCatalog {
    /// The entries for people to choose from, those of an architecture below its name: how many classes they tell apart, how
    /// many per cent of the test set they were right about, where the file is, and what its publisher allows.
    package var table: TextTable {
        var table = TextTable([
            ("", .leading), ("classes", .trailing), ("top-1", .trailing), ("file", .leading), ("licence", .leading),
        ])
        for architecture in Architecture.catalogue {
            let entries = entries.filter { $0.architecture == architecture }
            guard !entries.isEmpty else { continue }
            table.add(["  \(architecture.rawValue)", "", "", "", ""])
            for entry in entries {
                table.add([
                    "    \(entry.name)", entry.classCount.map { "\($0)" } ?? "none",
                    entry.top1.map { Words.decimals($0, 1) } ?? "", place(of: entry), entry.licence ?? "",
                ])
            }
        }
        return table
    }

    /// `here`, or the host that has it; `in the package` for a file that comes with the program's sources.
    private func place(of entry: CatalogEntry) -> String {
        if case .here? = try? self.place(of: entry, Fetcher(FetchSettings())) { return "here" }
        guard let url = entry.url else { return isBuiltIn ? "in the package" : "missing" }
        return url.hasPrefix("hf://") ? "huggingface.co" : URL(string: url)?.host ?? url
    }
}

import Files

/// A licence for machines and people.
struct LicenceWords {
    let lines: [String]
    let words: String

    /// Hugging Face's names of licences, which are those of SPDX in small letters.
    private static let known: Set<String> = [
        "mit", "bsd-2-clause", "bsd-3-clause", "apache-2.0", "cc-by-4.0", "cc-by-nc-4.0", "cc0-1.0",
    ]

    init(_ licence: String?) {
        guard let licence, !licence.isEmpty else {
            lines = ["license: other", "license_name: unknown"]
            words = """
                Unknown: nobody told the licence of the weights that this model began with, nor of its data. Find out \
                before passing it on.
                """
            return
        }
        let name = licence.lowercased()
        lines =
            Self.known.contains(name)
            ? ["license: \(name)"] : ["license: other", "license_name: \(FrontMatter.quoted(licence))"]
        words = """
            \(licence.legible): that of the weights that this model is or began with. Data may have terms of its own.
            """
    }
}

import Foundation

extension Dataset {
    /// Which sample belongs to which part, as CSV (RFC 4180) with the columns `filename,label,split`.
    ///
    /// Names are relative to the folder that the part was read from.
    package var splitTable: String {
        var table = "filename,label,split\n"
        for part in parts {
            for sample in part.samples {
                let label = sample.label.map { classNames[$0] } ?? ""
                table += "\(csvField(sample.name)),\(csvField(label)),\(part.role.rawValue)\n"
            }
        }
        return table
    }
}

/// The text as a field of a CSV row, in quotes where it holds a comma, a quote or a line break.
private func csvField(_ text: String) -> String {
    let special: Set<UInt8> = [UInt8(ascii: ","), UInt8(ascii: "\""), UInt8(ascii: "\n"), UInt8(ascii: "\r")]
    guard text.utf8.contains(where: special.contains) else { return text }
    return "\"" + text.replacingOccurrences(of: "\"", with: "\"\"") + "\""
}

import Files

extension Dataset {
    /// Which sample belongs to which part, as CSV (RFC 4180) with the columns `filename,label,split`.
    ///
    /// Names are relative to the folder that the part was read from.
    package var splitTable: String {
        var table = "filename,label,split\n"
        for part in parts {
            for sample in part.samples {
                let label = sample.label.map { classNames[$0] } ?? ""
                table += "\(sample.name.csvField),\(label.csvField),\(part.role.rawValue)\n"
            }
        }
        return table
    }
}

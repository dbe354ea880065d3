import Files

extension Dataset {
    /// Which sample belongs to which part, as CSV (RFC 4180) with the columns `filename,label,split`, and `group` where
    /// samples have any.
    ///
    /// Names are relative to the folder that the part was read from.
    package var splitTable: String {
        let hasGroups = parts.contains { $0.samples.contains { $0.group != nil } }
        var table = CSV.line(["filename", "label", "split"] + (hasGroups ? ["group"] : []))
        for part in parts {
            for sample in part.samples {
                let fields = [sample.name, sample.labelText(classNames) ?? "", part.role.rawValue]
                table += CSV.line(fields + (hasGroups ? [sample.group ?? ""] : []))
            }
        }
        return table
    }
}

extension String {
    /// The text as a field of comma-separated values (RFC 4180): in quotes, quotes doubled, where it holds a comma, a quote
    /// or a line end.
    package var csvField: String {
        // By bytes: a mark on a quote makes another `Character` of it.
        guard utf8.contains(where: { $0 == 0x2C || $0 == 0x22 || $0 == 0x0A || $0 == 0x0D }) else { return self }
        var field = "\""
        for scalar in unicodeScalars {
            if scalar == "\"" { field += "\"" }
            field.unicodeScalars.append(scalar)
        }
        return field + "\""
    }
}

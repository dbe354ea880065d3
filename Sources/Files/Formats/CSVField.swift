extension String {
    /// The text as a field of comma-separated values (RFC 4180): in quotes, quotes doubled, where it holds a comma, a quote
    /// or a line end.
    package var csvField: String {
        let special: Set<Unicode.Scalar> = [",", "\"", "\n", "\r"]
        // By scalars: a mark on a quote makes another `Character` of it, but not another byte.
        guard unicodeScalars.contains(where: special.contains) else { return self }
        var field = "\""
        for scalar in unicodeScalars {
            if scalar == "\"" { field += "\"" }
            field.unicodeScalars.append(scalar)
        }
        return field + "\""
    }
}

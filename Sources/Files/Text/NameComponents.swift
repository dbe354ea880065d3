extension StringProtocol {
    /// What stands between the dots and slashes of a name, none of it empty: `layer1`, `0` and `conv1` of `layer1.0/conv1`.
    package var nameComponents: [Substring] { parts { $0 == UInt8(ascii: ".") || $0 == UInt8(ascii: "/") } }

    /// What stands between separators of ASCII, none of it empty.
    package func parts(separatedBy separator: Unicode.Scalar) -> [Substring] {
        parts { $0 == UInt8(ascii: separator) }
    }

    /// Bytes cost much less than characters.
    private func parts(_ isSeparator: (UInt8) -> Bool) -> [Substring] {
        Substring(self).utf8.split(whereSeparator: isSeparator).map(Substring.init)
    }
}

extension Substring {
    /// The number that follows a word: 3 in `block3`.
    package func number(after word: String) -> Int? {
        guard hasPrefix(word) else { return nil }
        let digits = dropFirst(word.count)
        guard !digits.isEmpty, digits.count < 5, digits.allSatisfy({ $0.isASCII && $0.isNumber }) else { return nil }
        return Int(digits)
    }
}

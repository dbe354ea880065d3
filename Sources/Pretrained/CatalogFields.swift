import Networks

/// The texts under the keys of one entry of the catalogue, read as what they mean.
struct CatalogFields {
    let entry: String
    private let fields: [String: String]

    /// - Throws: `CatalogError` for a key that is none of `keys`.
    init(entry: String, _ fields: [String: String], keys: [String]) throws {
        (self.entry, self.fields) = (entry, fields)
        if let unknown = fields.keys.sorted().first(where: { !keys.contains($0) }) {
            throw error("the key `\(unknown)` is unknown")
        }
    }

    func error(_ problem: String) -> CatalogError { CatalogError(entry: entry, problem: problem) }

    /// The text of a key; nil where it is absent.
    subscript(key: String) -> String? { fields[key] }

    func required(_ key: String) throws -> String {
        guard let value = fields[key] else { throw error("`\(key)` is missing") }
        return value
    }

    /// One of the words of an enumeration; nil where the key is absent.
    func word<Value: RawRepresentable<String>>(_ key: String) throws -> Value? {
        guard let text = fields[key] else { return nil }
        guard let value = Value(rawValue: text) else { throw error("`\(key)` is unknown: \(text)") }
        return value
    }

    /// As `word`, of a key that must be there.
    func requiredWord<Value: RawRepresentable<String>>(_ key: String) throws -> Value {
        guard let value: Value = try word(key) else { throw error("`\(key)` is missing") }
        return value
    }

    func preprocessing(_ key: String) throws -> Preprocessing {
        let name = try required(key)
        guard let named = Preprocessing.named.first(where: { $0.name == name }) else {
            throw error("`\(key)` is unknown: \(name)")
        }
        return named.preprocessing
    }

    /// A number from 1 on; nil where the key is absent.
    func wholeNumber(_ key: String) throws -> Int? {
        guard let text = fields[key] else { return nil }
        guard let number = Int(text), number > 0 else { throw error("`\(key)` is no whole number: \(text)") }
        return number
    }

    /// A share in per cent, above 0 and at most 100, as publishers write accuracies; nil where the key is absent.
    func percentage(_ key: String) throws -> Double? {
        guard let text = fields[key] else { return nil }
        guard let number = Double(text), number > 0, number <= 100 else {
            throw error("`\(key)` is no share in per cent: \(text)")
        }
        return number
    }

    /// Hexadecimal digits in lower case; nil where the key is absent.
    func digits(_ key: String, _ count: ClosedRange<Int>) throws -> String? {
        guard let text = fields[key] else { return nil }
        guard count.contains(text.utf8.count), text.utf8.allSatisfy("0123456789abcdef".utf8.contains) else {
            let wanted = count.count == 1 ? "\(count.upperBound)" : "\(count.lowerBound) to \(count.upperBound)"
            throw error("`\(key)` is not \(wanted) hexadecimal digits in lower case: \(text)")
        }
        return text
    }

    /// An address on the web or on Hugging Face; nil where the key is absent.
    func address(_ key: String) throws -> String? {
        guard let text = fields[key] else { return nil }
        guard ["https://", "http://", "hf://"].contains(where: text.hasPrefix) else {
            throw error("`\(key)` begins with none of https://, http:// and hf://: \(text)")
        }
        return text
    }
}

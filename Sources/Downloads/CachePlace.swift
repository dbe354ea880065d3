import Files

/// Where a file lies in the cache: names that are harmless in any folder, whatever they were made of.
package struct CachePlace: Hashable, Sendable {
    /// Relative to the cache folder.
    package let path: String

    /// - Parameter names: of folders, and of the file last.
    package init(_ names: [String]) { path = names.map(Self.safe).joined(separator: "/") }

    /// Of a file that the catalogue names: another address is another file.
    package init(named name: String, at url: WebAddress) {
        let ending =
            url.fileName.split(separator: ".", omittingEmptySubsequences: false).dropFirst().last.map(String.init) ?? ""
        let isEnding =
            1...12 ~= ending.utf8.count && ending.utf8.allSatisfy { Self.isSafe($0) && $0 != UInt8(ascii: ".") }
        let digits = SHA256.hexDigest(url.description.utf8).prefix(8)
        self.init(["weights", "\(Self.safe(name))-\(digits)\(isEnding ? ".\(ending)" : "")"])
    }

    /// Letters, digits, `.`, `_` and `-` of a name, others as `_`; never hidden, at most 150 bytes.
    static func safe(_ name: String) -> String {
        var bytes = name.utf8.prefix(150).map { isSafe($0) ? $0 : UInt8(ascii: "_") }
        if bytes.first == UInt8(ascii: ".") || bytes.isEmpty { bytes.insert(UInt8(ascii: "_"), at: 0) }
        return String(decoding: bytes, as: UTF8.self)
    }

    /// Whether a name is kept as it is.
    static func isSafe(_ name: some StringProtocol) -> Bool { name == safe(String(name)) }

    private static func isSafe(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
            UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "."), UInt8(ascii: "_"), UInt8(ascii: "-"):
            true
        default: false
        }
    }
}

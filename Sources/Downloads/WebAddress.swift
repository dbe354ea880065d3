import CCurl
import Files
import Glibc

/// An address that can be fetched: over HTTP or HTTPS, in plain characters, taken apart by the one who connects to it.
package struct WebAddress: Hashable, Sendable, CustomStringConvertible {
    package let description: String
    /// Scheme, host and port, such as `https://example.org:443`.
    let origin: String

    /// - Returns: nil for what is no such address.
    package init?(_ text: String) {
        guard text.utf8.count <= 8192, text.utf8.allSatisfy({ 0x21...0x7E ~= $0 }) else { return nil }
        guard let origin = Self.taking(ccurl_origin(text))?.lowercased() else { return nil }
        guard origin.hasPrefix("http://") || origin.hasPrefix("https://") else { return nil }
        self.origin = origin
        description = text
    }

    /// Where a link on it, absolute or not, leads to; nil where that cannot be fetched.
    func following(_ link: String) -> WebAddress? {
        guard link.utf8.allSatisfy({ 0x21...0x7E ~= $0 }) else { return nil }
        return Self.taking(ccurl_follow(description, link)).flatMap { WebAddress($0) }
    }

    var isEncrypted: Bool { origin.hasPrefix("https://") }

    /// `example.org`, with the port where it is not the usual one.
    package var host: String {
        let host = String(origin.drop { $0 != "/" }.dropFirst(2))
        let usual = isEncrypted ? ":443" : ":80"
        return host.hasSuffix(usual) ? String(host.dropLast(usual.count)) : host
    }

    /// What it calls the file: the end of its path.
    var fileName: String {
        let path = description.dropFirst(8).drop { $0 != "/" }.prefix { $0 != "?" && $0 != "#" }
        return FileSystem.name(of: String(path))
    }

    private static func taking(_ text: UnsafeMutablePointer<CChar>?) -> String? {
        guard let text else { return nil }
        defer { free(text) }
        return String(validatingCString: text)
    }
}

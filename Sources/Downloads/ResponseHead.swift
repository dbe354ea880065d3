/// The head of an answer: its status, and those of its fields that matter here.
struct ResponseHead {
    /// 200, 404 and so on; 0 before its line has come.
    private(set) var status = 0
    /// Names in small letters; of a field that comes twice the last.
    private var fields: [String: String] = [:]
    private var byteCount = 0

    private static let names: Set<String> = [
        "content-encoding", "content-length", "content-range", "etag", "last-modified", "location", "x-linked-etag",
        "x-linked-size",
    ]
    /// More than this is no head but an attempt to fill the memory.
    static let largest = 1 << 18
    private static let longestValue = 1 << 13

    /// Takes a line, its end included.
    /// - Returns: false where the head is too long.
    mutating func take(_ line: UnsafeRawBufferPointer) -> Bool {
        byteCount += line.count
        guard byteCount <= Self.largest else { return false }
        let text = String(decoding: line, as: UTF8.self)
        if text.hasPrefix("HTTP/") {
            (status, fields) = (text.split(separator: " ").dropFirst().first.flatMap { Int($0) } ?? 0, [:])
        } else if let colon = text.firstIndex(of: ":"), text.utf8.count <= Self.longestValue {
            let name = text[..<colon].lowercased()
            let value = text[text.index(after: colon)...].trimmed
            // Some values go into the next request, where a line end would begin a line of its own.
            if Self.names.contains(name), value.utf8.allSatisfy({ 0x20...0x7E ~= $0 }) { fields[name] = value }
        }
        return true
    }

    subscript(name: String) -> String? { fields[name].flatMap { $0.isEmpty ? nil : $0 } }

    func number(_ name: String) -> Int? { self[name].flatMap { Int($0) }.flatMap { $0 >= 0 ? $0 : nil } }

    /// Where the answer asks to look instead; nil unless it does.
    var redirect: String? { [301, 302, 303, 307, 308].contains(status) ? self["location"] : nil }

    /// How the body is compressed, such as `gzip`; nil where it is as the file is.
    var encoding: String? { self["content-encoding"].flatMap { $0.lowercased() == "identity" ? nil : $0 } }

    /// What tells this version of the file from others: a strong tag, or the time of its last change.
    var validator: String? {
        if let tag = self["etag"] { return tag.hasPrefix("\"") ? tag : nil }
        return self["last-modified"]
    }

    /// The first byte and the size of the whole, of an answer with a part: `bytes 5-9/10`. The size may be left open.
    var range: (start: Int, total: Int?)? {
        guard let words = self["content-range"], words.hasPrefix("bytes ") else { return nil }
        let parts = words.dropFirst(6).split(separator: "/")
        guard parts.count == 2, let start = parts[0].split(separator: "-").first.flatMap({ Int($0) }), start >= 0
        else { return nil }
        // A total that makes no sense counts as one that is left open.
        return (start, Int(parts[1]).flatMap { $0 > start ? $0 : nil })
    }

    /// The size of the whole, of an answer that there is no such part: `bytes */10`.
    var sizeOfUnsatisfiedRange: Int? {
        guard let words = self["content-range"], words.hasPrefix("bytes */") else { return nil }
        return Int(words.dropFirst(8))
    }
}

extension Substring {
    /// Without spaces and line ends around it.
    fileprivate var trimmed: String {
        let isSpace = { (character: Character) in character.isWhitespace }
        let start = drop(while: isSpace)
        return String(start.reversed().drop(while: isSpace).reversed())
    }
}

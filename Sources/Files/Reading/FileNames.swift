/// Names of files as text.
///
/// A name is whatever bytes the file system holds, and need not be UTF-8, which a `String` always is. So a byte that is
/// part of no character stands in a text as a scalar of its own, U+10FE80…U+10FEFF for 0x80…0xFF, in a private area of
/// Unicode that nobody has been seen to use; a name that does use it stands there byte by byte too. Each name has one text
/// and each such text leads back to the name, as with Python's `surrogateescape`.
///
/// Wherever text leaves the program it is turned back: to bytes where a file is opened, in CSV files, in HDF5 files and on
/// standard output; to `\udce4` in JSON, as Python's `json` has it; to `\xe4` where people read it (`legible`).
extension String {
    /// The text for a name or path in bytes.
    package init(fileName bytes: some Collection<UInt8>) {
        if let text = String(validating: bytes, as: UTF8.self), !text.standsForBytes {
            self = text
            return
        }
        var text = String.UnicodeScalarView()
        var parser = Unicode.UTF8.ForwardParser()
        var rest = bytes.makeIterator()
        var start = bytes.startIndex
        func escape(_ count: Int) {
            let end = bytes.index(start, offsetBy: count)
            text.append(contentsOf: bytes[start..<end].map(Unicode.Scalar.init(standingFor:)))
            start = end
        }
        while true {
            switch parser.parseScalar(from: &rest) {
            case .valid(let encoded):
                let scalar = Unicode.UTF8.decode(encoded)
                if scalar.fileNameByte != nil {
                    escape(encoded.count)
                } else {
                    text.append(scalar)
                    start = bytes.index(start, offsetBy: encoded.count)
                }
            case .error(let length): escape(length)
            case .emptyInput:
                self.init(text)
                return
            }
        }
    }

    /// The text for a name or path that ends in a zero byte.
    package init(cPath path: UnsafePointer<CChar>) {
        var length = 0
        while path[length] != 0 { length += 1 }
        self.init(fileName: UnsafeRawBufferPointer(start: path, count: length))
    }

    /// The bytes of the name, path or text with names in it.
    package var fileNameBytes: [UInt8] {
        guard standsForBytes else { return Array(utf8) }
        return unicodeScalars.flatMap { scalar in scalar.fileNameByte.map { [$0] } ?? Array(scalar.utf8) }
    }

    /// Whether some of the text's scalars stand for bytes that are part of no character.
    package var standsForBytes: Bool {
        // The UTF-8 of all of them begins with 0xF4, as that of little else does.
        utf8.contains(0xF4) && unicodeScalars.contains { $0.fileNameByte != nil }
    }

    /// Hands out the path as the system's functions take it.
    ///
    /// A text with a zero in it is the path of no file. It becomes the empty path, of which the system says the same,
    /// rather than that of the file whose name ends before the zero.
    package func withCPath<Result>(_ body: (UnsafePointer<CChar>) throws -> Result) rethrows -> Result {
        if utf8.contains(0) { return try "".withCString(body) }
        guard standsForBytes else { return try withCString(body) }
        return try body((fileNameBytes + [0]).map(CChar.init(bitPattern:)))
    }

    /// Whether the name sorts before another by bytes.
    ///
    /// `String`'s own order follows Unicode's canonical equivalence, which other programs and languages do not share.
    package func precedesBytewise(_ other: String) -> Bool {
        standsForBytes || other.standsForBytes
            ? fileNameBytes.lexicographicallyPrecedes(other.fileNameBytes)
            : utf8.lexicographicallyPrecedes(other.utf8)
    }
}

/// A name as a key that equals another only where all bytes do.
///
/// `String`s are equal where Unicode holds them to be: `é` in one scalar and in two. File systems keep both apart.
package struct FileName: Hashable, Sendable {
    package let text: String

    package init(_ text: String) { self.text = text }

    package static func == (a: FileName, b: FileName) -> Bool { a.text.utf8.elementsEqual(b.text.utf8) }

    package func hash(into hasher: inout Hasher) {
        var text = text
        text.withUTF8 { hasher.combine(bytes: UnsafeRawBufferPointer($0)) }
        hasher.combine(0xFF as UInt8)
    }
}

extension Unicode.Scalar {
    private static let firstStandIn: UInt32 = 0x10_FE80

    /// The scalar that stands in a text for a byte of 0x80 or above.
    fileprivate init(standingFor byte: UInt8) {
        self = Unicode.Scalar(Self.firstStandIn - 0x80 + UInt32(byte)) ?? "\u{FFFD}"
    }

    /// The byte, 0x80…0xFF, for which the scalar stands in the text of a file name; nil where it is itself.
    package var fileNameByte: UInt8? {
        value &- Self.firstStandIn < 0x80 ? UInt8(value - Self.firstStandIn + 0x80) : nil
    }

    fileprivate var utf8: Unicode.UTF8.EncodedScalar {
        Unicode.UTF8.encode(self) ?? Unicode.UTF8.encodedReplacementCharacter
    }
}

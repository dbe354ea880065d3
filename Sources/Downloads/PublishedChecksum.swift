import Files

/// The checksum of a file as its publisher tells it.
package enum PublishedChecksum: Hashable, Sendable {
    /// The first hexadecimal digits of the SHA-256 sum, eight at least; 64 are all of them.
    case sha256(String)
    /// The 32 hexadecimal digits of the MD5 sum.
    case md5(String)

    /// The checksum that these digits are the beginning of, in small letters; nil where they are none.
    package init?(sha256 digits: String) {
        guard 8...64 ~= digits.utf8.count, digits.utf8.allSatisfy(\.isHexDigit) else { return nil }
        self = .sha256(digits.lowercased())
    }

    /// - Returns: nil for what is no MD5 sum.
    package init?(md5 digits: String) {
        guard digits.utf8.count == 32, digits.utf8.allSatisfy(\.isHexDigit) else { return nil }
        self = .md5(digits.lowercased())
    }

    /// `SHA-256 f37072fd…`.
    package var words: String {
        switch self {
        case .sha256(let digits): "SHA-256 \(digits)\(digits.utf8.count < 64 ? "…" : "")"
        case .md5(let digits): "MD5 \(digits)"
        }
    }
}

/// The checksums of bytes that come piece by piece.
package struct RunningChecksums: Sendable {
    private var sha256 = SHA256()
    private var md5 = MD5()

    package init() {}

    package mutating func update(_ bytes: UnsafeRawBufferPointer) {
        sha256.update(bytes)
        md5.update(bytes)
    }

    /// The checksums of a whole file.
    /// - Throws: `SystemError` where it cannot be read; `CancellationError`.
    package init(ofFile path: String) throws {
        let file = try RegularFile(path)
        self.init()
        try update(from: file)
    }

    /// Goes on with what a file holds, from where it stands.
    /// - Throws: `SystemError`; `CancellationError`.
    mutating func update(from file: borrowing RegularFile) throws {
        let buffer = UnsafeMutableRawBufferPointer.allocate(byteCount: 1 << 20, alignment: 64)
        defer { buffer.deallocate() }
        var count = buffer.count
        while count == buffer.count {
            try Cancellation.check()
            count = try file.read(into: buffer)
            update(UnsafeRawBufferPointer(rebasing: buffer[..<count]))
        }
    }

    /// Whether everything so far is what a publisher says.
    package func fits(_ checksum: PublishedChecksum) -> Bool { like(checksum) == checksum }

    /// The same digits of what is here.
    package func like(_ checksum: PublishedChecksum) -> PublishedChecksum {
        switch checksum {
        case .sha256(let digits): .sha256(String(sha256.finalized().prefix(digits.utf8.count)))
        case .md5: .md5(md5.finalized())
        }
    }

    /// All 64 digits.
    package var sha256Digits: String { sha256.finalized() }
}

extension UInt8 {
    /// Whether it is one of `0-9a-fA-F`.
    fileprivate var isHexDigit: Bool {
        (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(self)
            || (UInt8(ascii: "a")...UInt8(ascii: "f")).contains(self | 32)
    }
}

import Files
import Testing

@Suite struct MD5Tests {
    /// RFC 1321's own examples and lengths around a block, computed with Python's hashlib.
    @Test(arguments: [
        ("", "d41d8cd98f00b204e9800998ecf8427e"),
        ("abc", "900150983cd24fb0d6963f7d28e17f72"),
        (
            "12345678901234567890123456789012345678901234567890123456789012345678901234567890",
            "57edf4a22be3c955ac49da2e2107b67a"
        ),
        (String(repeating: "a", count: 55), "ef1772b6dff9a122358552954ad0df65"),
        (String(repeating: "a", count: 63), "b06521f39153d618550606be297466d5"),
        (String(repeating: "a", count: 64), "014842d480b571495a4a0363793f7367"),
        (String(repeating: "a", count: 1_000_000), "7707d6ae4e027c70eea2a935c2296f21"),
    ])
    func knownVectors(text: String, digest: String) {
        #expect(MD5.hexDigest(text.utf8) == digest)
    }

    @Test func piecesMakeTheWhole() {
        let bytes = (0..<1000).map { UInt8(truncatingIfNeeded: $0 * 7) }
        for piece in [1, 3, 63, 64, 65, 200] {
            var hash = MD5()
            for start in stride(from: 0, to: bytes.count, by: piece) {
                Array(bytes[start..<min(start + piece, bytes.count)]).withUnsafeBytes { hash.update($0) }
            }
            #expect(hash.finalized() == MD5.hexDigest(bytes), "pieces of \(piece)")
        }
    }
}

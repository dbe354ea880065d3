import Files

/// The first bytes of a file that has arrived, which tell whether it can be what its name says.
struct FileBeginning {
    /// At most `longest` bytes.
    let bytes: [UInt8]
    /// The size of the whole file.
    let byteCount: Int

    /// So many bytes are enough to tell.
    static let longest = 4096

    /// What is wrong with a file of this name, behind `what came …`; nil where nothing is.
    func problem(of name: String) -> String? {
        if byteCount == 0 { return "is empty" }
        if isPage { return "is a web page" }
        if text.hasPrefix("version https://git-lfs") { return "is a pointer of Git LFS to the file, not the file" }
        guard let dot = name.lastIndex(of: ".") else { return nil }
        let ending = name[dot...].lowercased()
        guard isKnownToDiffer(from: ending) else { return nil }
        return "does not begin as a file of the kind \(ending) does"
    }

    private var text: String { String(decoding: bytes.prefix(64), as: UTF8.self) }

    private var isPage: Bool {
        let start = text.drop { $0.isWhitespace || $0 == "\u{FEFF}" }.lowercased()
        return ["<!doctype", "<html", "<head", "<?xml"].contains(where: start.hasPrefix)
    }

    /// Whether the files with an ending all begin otherwise.
    private func isKnownToDiffer(from ending: String) -> Bool {
        switch ending {
        case ".safetensors": !isSafetensors
        case ".h5", ".hdf5": !isHDF5
        case ".pth", ".pt", ".th", ".bin": !(isZip || isPickle || isTar)
        case ".keras", ".npz": !isZip
        case ".json": ![UInt8(ascii: "{"), UInt8(ascii: "[")].contains(bytes.first { !Self.spaces.contains($0) })
        default: false
        }
    }

    private static let spaces = Set(" \t\r\n".utf8)

    /// The length of a JSON text in eight bytes, least first, and that text.
    private var isSafetensors: Bool {
        guard bytes.count > 8, bytes[8] == UInt8(ascii: "{") else { return false }
        let length = bytes.prefix(8).reversed().reduce(UInt64(0)) { $0 << 8 | UInt64($1) }
        return length <= byteCount - 8
    }

    /// The signature is at 0, or behind a block of the user's own.
    private var isHDF5: Bool {
        let signature: [UInt8] = [0x89, 0x48, 0x44, 0x46, 0x0D, 0x0A, 0x1A, 0x0A]
        return [0, 512, 1024, 2048].contains { bytes.dropFirst($0).starts(with: signature) }
    }

    private var isZip: Bool { bytes.starts(with: "PK\u{3}\u{4}".utf8) }
    private var isPickle: Bool { bytes.count > 1 && bytes[0] == 0x80 && 2...5 ~= bytes[1] }
    private var isTar: Bool { bytes.dropFirst(257).starts(with: "ustar".utf8) }
}

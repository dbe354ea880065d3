import Files
import Foundation

/// Tells containers of tensors from each other and from everything else that people hand over, by their first bytes.
enum FileSignature {
    /// A container that can be read.
    enum Kind: String {
        case hdf5 = "an HDF5 file"
        /// Whose it is, its entries tell.
        case zip = "a zip archive"
        case torchStream = "a file of PyTorch's"
        case torchTar = "an archive of tar"
        case safetensors = "a file of safetensors"
        case shardList = "a list of tensors in other files"
        case onnx = "a model in ONNX"
    }

    private static let hdf5: [UInt8] = [0x89, 0x48, 0x44, 0x46, 0x0D, 0x0A, 0x1A, 0x0A]
    /// A file with holes may claim exabytes, of which no multiple is a number.
    private static let largestSize = 1 << 50

    /// What the file at `path` is, and its size in bytes.
    /// - Throws: `ArchiveError` where it is missing, unreadable, empty, absurdly large or something else.
    static func container(of path: String) throws -> (kind: Kind, size: Int) {
        guard let status = FileSystem.status(of: path) else {
            throw ArchiveError(path: path, reason: errno == ENOENT ? "no such file" : String(cString: strerror(errno)))
        }
        guard status.st_mode & S_IFMT != S_IFDIR else {
            throw ArchiveError(path: path, reason: "is a folder, not a file of weights")
        }
        guard status.st_mode & S_IFMT == S_IFREG else {
            throw ArchiveError(path: path, reason: "is no ordinary file")
        }
        guard let file = path.withCPath({ fopen($0, "rb") }) else {
            throw ArchiveError(path: path, reason: "cannot be opened: \(String(cString: strerror(errno)))")
        }
        defer { fclose(file) }
        let size = Int(status.st_size)
        guard size > 0 else { throw ArchiveError(path: path, reason: "is empty: copy or download it again") }
        guard size <= largestSize else { throw ArchiveError(path: path, reason: "claims to have \(size) bytes") }

        let beginning = bytes(of: file, at: 0, count: 512)
        // The format allows the signature at 0, 512, 1024, 2048 and so on, after a block of the user's own.
        var offset = 0
        while offset + hdf5.count <= size {
            if bytes(of: file, at: offset, count: hdf5.count) == hdf5 { return (.hdf5, size) }
            offset = offset == 0 ? 512 : offset * 2
        }
        if let kind = kind(beginning, path) { return (kind, size) }
        throw ArchiveError(
            path: path,
            reason: """
                holds weights in no container that is known here\(likelyKind(beginning)): known are HDF5, Keras' \
                .keras, safetensors, PyTorch's .pth, NumPy's .npz and ONNX
                """)
    }

    private static func kind(_ beginning: [UInt8], _ path: String) -> Kind? {
        if beginning.starts(with: Array("PK\u{3}\u{4}".utf8)) { return .zip }
        if TorchStream.begins(beginning) { return .torchStream }
        if TarDirectory.begins(beginning) { return .torchTar }
        if path.hasSuffix(ShardedArchive.listEnding), beginning.first == UInt8(ascii: "{") { return .shardList }
        if beginning.withUnsafeBytes(Safetensors.isBeginning) { return .safetensors }
        return beginning.withUnsafeBytes(ONNXInitializers.isBeginning) ? .onnx : nil
    }

    private static func bytes(of file: UnsafeMutablePointer<FILE>, at offset: Int, count: Int) -> [UInt8] {
        guard fseek(file, offset, SEEK_SET) == 0 else { return [] }
        var buffer = [UInt8](repeating: 0, count: count)
        let read = fread(&buffer, 1, count, file)
        return Array(buffer.prefix(read))
    }

    /// What else the file may be, and what to do about it.
    private static func likelyKind(_ bytes: [UInt8]) -> String {
        let text = String(decoding: bytes.prefix(64), as: UTF8.self)
        if hdf5.starts(with: bytes) {
            return ", but begins as HDF5 does: it is cut short; copy or download it again"
        }
        if bytes.count > 2, bytes[0] == 0x80, 2...5 ~= bytes[1] {
            return ", but is a bare pickle and not PyTorch's: open it in Python and save its tensors with torch.save"
        }
        if text.hasPrefix("version https://git-lfs") { return ", but is a Git LFS pointer: run `git lfs pull`" }
        if text.contains("<html") || text.lowercased().contains("<!doctype") {
            return ", but is a web page: the download went wrong"
        }
        return ""
    }
}

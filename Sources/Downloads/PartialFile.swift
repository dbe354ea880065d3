import Files
import Glibc

/// A file that is arriving: what is there of it stays under the name `.part` until it is whole, whatever ends the process.
///
/// Beside it a note says which version of the file it is a part of. Whoever has one holds the file's `DownloadLock`.
final class PartialFile {
    private let path: String
    private let url: WebAddress
    private let pending: PendingFile
    private(set) var byteCount: Int
    private(set) var checksums = RunningChecksums()
    /// What the server calls the version that it is a part of; nil where it does not.
    private(set) var validator: String?

    static func partPath(of path: String) -> String { path + ".part" }
    static func notePath(of path: String) -> String { path + ".part.from" }

    /// Goes on with what is there, where that is of any use, else begins anew.
    /// - Parameters:
    ///   - path: the final name.
    ///   - isVerified: whether a checksum will tell whether the parts belong together.
    /// - Throws: `SystemError`; `CancellationError`.
    init(_ path: String, from url: WebAddress, isVerified: Bool) throws {
        self.path = path
        self.url = url
        validator = Self.noted(at: path, url)
        let part = Self.partPath(of: path)
        let length = FileSystem.status(of: part, followsLinks: false).map { Int($0.st_size) } ?? 0
        byteCount = validator != nil || isVerified ? length : 0
        pending = try PendingFile(replacing: path, under: part, keeping: byteCount)
        if byteCount > 0 { checksums = try RunningChecksums(ofFile: part) }
    }

    deinit {
        if byteCount == 0 { discard() }
        pending.release()
    }

    /// Begins anew, with another version of the file.
    /// - Throws: `SystemError`; `OutputError`.
    func restart(_ validator: String?) throws {
        guard ftruncate(pending.descriptor, 0) == 0, lseek(pending.descriptor, 0, SEEK_SET) == 0 else {
            throw SystemError()
        }
        (byteCount, checksums) = (0, RunningChecksums())
        self.validator = validator
        let note = Self.notePath(of: path)
        if let validator {
            try OutputFile.write("\(url)\n\(validator)\n", to: note)
        } else {
            FileSystem.remove(note)
        }
    }

    /// - Throws: `SystemError`, for example where the disk is full.
    func append(_ bytes: UnsafeRawBufferPointer) throws(SystemError) {
        try FileSystem.write(bytes, to: pending.descriptor)
        checksums.update(bytes)
        byteCount += bytes.count
    }

    /// What it begins with.
    /// - Throws: `SystemError`.
    func beginning() throws(SystemError) -> FileBeginning {
        let bytes = try RegularFile(Self.partPath(of: path)).bytes(FileBeginning.longest)
        return FileBeginning(bytes: bytes, byteCount: byteCount)
    }

    /// Gives the file its final name.
    /// - Throws: `SystemError`.
    func finish() throws(SystemError) {
        try pending.commit()
        FileSystem.remove(Self.notePath(of: path))
    }

    /// Leaves nothing of it.
    func discard() {
        pending.discard()
        FileSystem.remove(Self.notePath(of: path))
    }

    /// What the note says of the part, if it came from the same address.
    private static func noted(at path: String, _ url: WebAddress) -> String? {
        guard let file = try? RegularFile(notePath(of: path)), file.byteCount < 1 << 15,
            let bytes = try? file.bytes(file.byteCount)
        else { return nil }
        let lines = String(decoding: bytes, as: UTF8.self).split(separator: "\n")
        guard lines.count == 2, lines[0] == url.description, lines[1].utf8.allSatisfy({ 0x20...0x7E ~= $0 }) else {
            return nil
        }
        return String(lines[1])
    }
}

import Files

/// A checksum of a whole HDF5 file, behind its end, where HDF5 does not look.
///
/// Programs that change the file cut it off, as HDF5 does whenever it has opened a file to write: a file without one may be
/// as good, but nobody can know.
enum Seal {
    private static let mark = Array("finetune sealed ".utf8)
    private static let digitCount = 16
    static var byteCount: Int { mark.count + digitCount }

    /// What is to follow a file's bytes.
    static func closing(_ bytes: UnsafeRawBufferPointer) -> [UInt8] { mark + Checksum(bytes).hexDigits.utf8 }

    /// Whether the file bears a seal, and is what it was when it got it.
    /// - Returns: false without a seal.
    /// - Throws: `ArchiveError` for a file that has changed since.
    static func isSound(_ path: String, fileSize: Int) throws -> Bool {
        let length = fileSize - byteCount
        guard length > 0, let end = ending(of: path, from: length), end.starts(with: mark), end.count == byteCount
        else { return false }
        guard Array(try checksum(path, length).hexDigits.utf8) == end.suffix(digitCount) else {
            throw ArchiveError(
                path: path,
                reason: "is damaged: it is not what was written, by its checksum; copy it again, or fetch a backup")
        }
        return true
    }

    /// As many of a file's bytes as a seal has; nil where it cannot be read.
    private static func ending(of path: String, from offset: Int) -> [UInt8]? {
        do {
            return try RegularFile(path).bytes(byteCount, at: offset)
        } catch {
            return nil
        }
    }

    private static func checksum(_ path: String, _ length: Int) throws -> Checksum {
        do {
            return try Checksum(file: path, byteCount: length)
        } catch {
            throw ArchiveError(path: path, reason: "cannot be read: \(error)")
        }
    }
}

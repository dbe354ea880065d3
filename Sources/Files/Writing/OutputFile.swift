import Foundation

/// A file being written: under a temporary name until `finish()`, so that what bears the final name is whole.
///
/// What is there already is replaced at the end. A device or pipe, such as `/dev/stdout`, is written directly.
package final class OutputFile {
    /// What a file that is never finished leaves behind.
    package enum Remains: Equatable, Sendable {
        case nothing
        /// All that was written, under the final name and `.partial`. What is there under that name is gone on with, cut
        /// to so many bytes.
        case partial(keeping: Int)
    }

    /// The final name.
    package let path: String
    private let remains: Remains
    /// Nil for a device or pipe, which has its final name at once.
    private let pending: PendingFile?
    /// Negative when all is over.
    private var descriptor: Int32
    private var buffer: [UInt8] = []
    private static let bufferSize = 1 << 18

    /// Creates the file.
    /// - Throws: `OutputError` where the folder is missing or read-only, or another process is writing the same file.
    package init(_ path: String, leaving remains: Remains = .nothing) throws {
        self.path = path
        self.remains = remains
        if FileSystem.isFolder(path) { throw OutputError(path: path, code: EISDIR) }
        if let status = FileSystem.status(of: path), status.st_mode & S_IFMT != S_IFREG {
            pending = nil
            descriptor = path.withCPath { open($0, O_WRONLY | O_CLOEXEC) }
            guard descriptor >= 0 else { throw OutputError(path: path, code: errno) }
        } else {
            let file = try Self.pendingFile(path, remains)
            (pending, descriptor) = (file, file.descriptor)
        }
        buffer.reserveCapacity(Self.bufferSize)
    }

    private static func pendingFile(_ path: String, _ remains: Remains) throws(OutputError) -> PendingFile {
        do {
            switch remains {
            case .nothing: return try PendingFile(replacing: path)
            case .partial(let length):
                return try PendingFile(replacing: path, under: partialPath(of: path), keeping: length)
            }
        } catch {
            throw OutputError(path: path, code: error.code)
        }
    }

    deinit {
        if remains != .nothing, descriptor >= 0 { try? flush() }
        discard()
    }

    /// What the file is called while it is written, if it is to outlast an interruption.
    package static func partialPath(of path: String) -> String { path + ".partial" }

    /// Appends a text as UTF-8, names of files in it as their bytes.
    /// - Throws: `OutputError`, for example where the disk is full.
    package func write(_ text: String) throws { try write(text.fileNameBytes) }

    /// Appends bytes.
    /// - Throws: `OutputError`, for example where the disk is full.
    package func write(_ bytes: some Collection<UInt8>) throws {
        buffer.append(contentsOf: bytes)
        if buffer.count >= Self.bufferSize { try flush() }
    }

    /// Appends bytes.
    /// - Throws: `OutputError`.
    package func write(_ bytes: UnsafeRawBufferPointer) throws {
        if buffer.count + bytes.count >= Self.bufferSize { try flush() }
        guard bytes.count < Self.bufferSize else { return try put(bytes) }
        buffer.append(contentsOf: bytes)
    }

    /// Writes over bytes that were written before.
    /// - Throws: `OutputError`.
    package func overwrite(_ bytes: [UInt8], at offset: Int) throws {
        try flush()
        try bytes.withUnsafeBytes { try put($0, at: offset) }
    }

    /// Hands to the system what was written so far.
    /// - Throws: `OutputError`.
    package func flush() throws {
        precondition(descriptor >= 0, "\(path) is finished")
        try buffer.withUnsafeBytes { try put($0) }
        buffer.removeAll(keepingCapacity: true)
    }

    /// Writes what is left, waits until the disk has it, and gives the file its final name.
    /// - Parameter isLasting: false for a file that is soon copied into another one, which nobody need wait for.
    /// - Throws: `OutputError`.
    package func finish(isLasting: Bool = true) throws {
        try flush()
        guard let pending else {
            let closing = descriptor
            descriptor = -1
            guard close(closing) == 0 else { throw failure(SystemError()) }
            return
        }
        do {
            try pending.commit(isLasting: isLasting)
            descriptor = -1
        } catch {
            discard()
            throw OutputError(path: path, code: error.code)
        }
    }

    /// Leaves nothing of the file, whatever was to remain.
    package func giveUp() {
        pending?.discard()
        discard()
    }

    private func put(_ bytes: UnsafeRawBufferPointer, at offset: Int? = nil) throws {
        do {
            try FileSystem.write(bytes, to: descriptor, at: offset)
        } catch {
            throw failure(error)
        }
    }

    /// What is said of a failure; the unfinished file goes away, unless it is to stay.
    private func failure(_ error: SystemError) -> OutputError {
        discard()
        return OutputError(path: path, code: error.code)
    }

    private func discard() {
        if let pending {
            if remains == .nothing { pending.discard() } else { pending.release() }
        } else if descriptor >= 0 {
            close(descriptor)
        }
        descriptor = -1
    }

    /// Writes a whole file.
    /// - Throws: `OutputError`.
    package static func write(_ text: String, to path: String) throws { try write(text.fileNameBytes, to: path) }

    /// Writes a whole file.
    /// - Throws: `OutputError`.
    package static func write(_ bytes: some Collection<UInt8>, to path: String) throws {
        let file = try OutputFile(path)
        try file.write(bytes)
        try file.finish()
    }
}

/// A file that could not be written.
package struct OutputError: UserFacingError, Equatable {
    /// The file's final name.
    package let path: String
    /// The system's error number.
    package let code: Int32

    package init(path: String, code: Int32) {
        self.path = path
        self.code = code
    }

    package var kind: ErrorKind { .failure }
    package var description: String {
        code == EWOULDBLOCK
            ? "\(path) is being written by another process; wait for its end, or choose another name"
            : "cannot write \(path): \(FileSystem.words(for: code))\(remedy)"
    }

    private var remedy: String {
        switch code {
        case ENOSPC, EDQUOT: "; free some space or choose another place for the output"
        case EACCES, EPERM, EROFS: "; choose a folder that you may write to"
        case ENOENT, ENOTDIR: "; the folder does not exist"
        default: ""
        }
    }
}

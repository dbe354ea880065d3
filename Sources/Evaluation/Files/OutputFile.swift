import Foundation
import Tensors

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
    private let writingPath: String
    private var descriptor: Int32
    /// Whether there is nothing to tidy up any more.
    private var isFinished = false
    private var buffer: [UInt8] = []
    private static let bufferSize = 1 << 18

    /// Creates the file.
    /// - Throws: `OutputError` where the folder is missing or read-only, or another process goes on with the same file.
    package init(_ path: String, leaving remains: Remains = .nothing) throws {
        self.path = path
        self.remains = remains
        if FileSystem.isFolder(path) { throw OutputError(path: path, code: EISDIR) }
        let isStream = FileSystem.status(of: path).map { $0.st_mode & S_IFMT != S_IFREG } ?? false
        switch remains {
        case _ where isStream:
            writingPath = path
            descriptor = writingPath.withCPath { open($0, O_WRONLY | O_CLOEXEC) }
        case .nothing:
            writingPath = "\(path).\(getpid()).part"
            descriptor = UnfinishedFiles.create(writingPath) { [writingPath] in
                writingPath.withCPath { open($0, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0o666) }
            }
        case .partial:
            writingPath = Self.partialPath(of: path)
            descriptor = writingPath.withCPath { open($0, O_WRONLY | O_CREAT | O_CLOEXEC, 0o666) }
        }
        guard descriptor >= 0 else { throw OutputError(path: path, code: errno) }
        if case .partial(let length) = remains, isTemporary {
            guard flock(descriptor, LOCK_EX | LOCK_NB) == 0 else {
                let error = OutputError(path: path, code: errno)
                close(descriptor)
                descriptor = -1
                throw error
            }
            guard ftruncate(descriptor, length) == 0, lseek(descriptor, 0, SEEK_END) >= 0 else { throw failure() }
        }
        buffer.reserveCapacity(Self.bufferSize)
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
        guard pwrite(descriptor, bytes, bytes.count, offset) == bytes.count else { throw failure() }
    }

    /// Hands to the system what was written so far.
    /// - Throws: `OutputError`.
    package func flush() throws {
        precondition(descriptor >= 0, "\(path) is finished")
        try buffer.withUnsafeBytes { try put($0) }
        buffer.removeAll(keepingCapacity: true)
    }

    /// Writes what is left and gives the file its final name.
    /// - Throws: `OutputError`.
    package func finish() throws {
        try flush()
        let closing = descriptor
        descriptor = -1
        guard close(closing) == 0, !isTemporary || FileSystem.rename(writingPath, to: path) else { throw failure() }
        UnfinishedFiles.forget(writingPath)
        isFinished = true
    }

    /// Leaves nothing of the file, whatever was to remain.
    package func giveUp() {
        if isTemporary, !isFinished { FileSystem.remove(writingPath) }
        discard()
    }

    private func put(_ bytes: UnsafeRawBufferPointer) throws {
        var rest = bytes[...]
        while !rest.isEmpty {
            let part = UnsafeRawBufferPointer(rebasing: rest)
            let count = Foundation.write(descriptor, part.baseAddress, part.count)
            if count >= 0 {
                rest = rest.dropFirst(count)
            } else if errno != EINTR {
                throw failure()
            }
        }
    }

    /// Whether the name is not the final one yet.
    private var isTemporary: Bool { writingPath != path }

    /// The error of the system call just made; the unfinished file goes away, unless it is to stay.
    private func failure() -> OutputError {
        let error = OutputError(path: path, code: errno)
        discard()
        return error
    }

    private func discard() {
        if isTemporary, !isFinished, remains == .nothing {
            FileSystem.remove(writingPath)
            UnfinishedFiles.forget(writingPath)
        }
        if descriptor >= 0 { close(descriptor) }
        descriptor = -1
        isFinished = true
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

    package var exitCode: Int32 { 1 }
    package var description: String {
        code == EWOULDBLOCK
            ? "\(path) is being written by another process; wait for its end, or choose another name"
            : "cannot write \(path): \(String(cString: strerror(code)))\(remedy)"
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

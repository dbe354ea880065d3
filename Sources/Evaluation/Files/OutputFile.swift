import Foundation
import Tensors

/// A file being written: under a temporary name until `finish()`, so that what bears the final name is whole.
///
/// What is there already is replaced at the end. A device or pipe, such as `/dev/stdout`, is written directly.
package final class OutputFile {
    /// The final name.
    package let path: String
    private let writingPath: String
    private var descriptor: Int32
    private var buffer: [UInt8] = []
    private static let bufferSize = 1 << 18

    /// Creates the file.
    /// - Throws: `OutputError` where the folder is missing or read-only.
    package init(_ path: String) throws {
        self.path = path
        var status = stat()
        let exists = stat(path, &status) == 0
        if exists, status.st_mode & S_IFMT == S_IFDIR { throw OutputError(path: path, code: EISDIR) }
        let isStream = exists && status.st_mode & S_IFMT != S_IFREG
        writingPath = isStream ? path : "\(path).\(getpid()).part"
        descriptor = open(writingPath, isStream ? O_WRONLY : O_WRONLY | O_CREAT | O_TRUNC, 0o666)
        guard descriptor >= 0 else { throw OutputError(path: path, code: errno) }
        buffer.reserveCapacity(Self.bufferSize)
    }

    deinit { discard() }

    /// Appends a text as UTF-8.
    /// - Throws: `OutputError`, for example where the disk is full.
    package func write(_ text: String) throws { try write(text.utf8) }

    /// Appends bytes.
    /// - Throws: `OutputError`, for example where the disk is full.
    package func write(_ bytes: some Collection<UInt8>) throws {
        buffer.append(contentsOf: bytes)
        if buffer.count >= Self.bufferSize { try flush() }
    }

    /// Writes what is left and gives the file its final name.
    /// - Throws: `OutputError`.
    package func finish() throws {
        try flush()
        let closing = descriptor
        descriptor = -1
        guard close(closing) == 0 else { throw failure() }
        if writingPath != path, rename(writingPath, path) != 0 { throw failure() }
    }

    private func flush() throws {
        precondition(descriptor >= 0, "\(path) is finished")
        try buffer.withUnsafeBytes { bytes in
            var rest = bytes[...]
            while !rest.isEmpty {
                let count = UnsafeRawBufferPointer(rebasing: rest).withMemoryRebound(to: UInt8.self) {
                    Foundation.write(descriptor, $0.baseAddress, $0.count)
                }
                if count >= 0 {
                    rest = rest.dropFirst(count)
                } else if errno != EINTR {
                    throw failure()
                }
            }
        }
        buffer.removeAll(keepingCapacity: true)
    }

    /// The error of the system call just made; the unfinished file goes away.
    private func failure() -> OutputError {
        let error = OutputError(path: path, code: errno)
        discard()
        if writingPath != path { unlink(writingPath) }
        return error
    }

    private func discard() {
        guard descriptor >= 0 else { return }
        close(descriptor)
        descriptor = -1
        if writingPath != path { unlink(writingPath) }
    }

    /// Writes a whole file.
    /// - Throws: `OutputError`.
    package static func write(_ text: String, to path: String) throws { try write(text.utf8, to: path) }

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

    package var exitCode: Int32 { 1 }
    package var description: String { "cannot write \(path): \(String(cString: strerror(code)))\(remedy)" }

    private var remedy: String {
        switch code {
        case ENOSPC, EDQUOT: "; free some space or choose another place for the output"
        case EACCES, EPERM, EROFS: "; choose a folder that you may write to"
        case ENOENT, ENOTDIR: "; the folder does not exist"
        default: ""
        }
    }
}

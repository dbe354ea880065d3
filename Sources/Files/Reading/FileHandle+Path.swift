import Foundation

extension FileHandle {
    /// Opens a file to read; nil where it cannot be, for the reason in `errno`. Foundation's own initialiser knows no
    /// paths that are not UTF-8.
    package convenience init?(reading path: String) {
        let descriptor = path.withCPath { open($0, O_RDONLY | O_CLOEXEC) }
        guard descriptor >= 0 else { return nil }
        self.init(fileDescriptor: descriptor, closeOnDealloc: true)
    }
}

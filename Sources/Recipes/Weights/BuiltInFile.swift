import CCatalogue

/// A file of the package's folder `Weights` that is inside the program, which may lie anywhere.
enum BuiltInFile {
    static let catalogue = "Weights/catalog.yaml"

    /// - Parameter path: relative to the package.
    /// - Returns: nil for a file that is not inside.
    static func text(_ path: String) -> String? {
        let file = ccatalogue_file(path)
        return file.bytes.map { String(decoding: UnsafeBufferPointer(start: $0, count: file.byteCount), as: UTF8.self) }
    }
}

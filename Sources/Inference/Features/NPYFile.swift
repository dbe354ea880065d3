import Files

/// NumPy's file of one array, in version 1.0 of its format.
///
/// https://numpy.org/doc/stable/reference/generated/numpy.lib.format.html
enum NPY {
    /// The header of an array in C order, padded so that it has one length whatever the number of rows.
    static func header(type: String, shape: [Int]) -> [UInt8] {
        let extents = shape.map(String.init).joined(separator: ", ") + (shape.count == 1 ? "," : "")
        let text = "{'descr': '\(type)', 'fortran_order': False, 'shape': (\(extents)), }"
        let padding = String(repeating: " ", count: max(headerLength - 11 - text.utf8.count, 0))
        let length = headerLength - 10
        return [0x93] + Array("NUMPY".utf8) + [1, 0, UInt8(length & 0xFF), UInt8(length >> 8)]
            + Array((text + padding + "\n").utf8)
    }

    static let headerLength = 128

    /// The header and contents of an array of texts, each in UTF-32 and filled up with zeros. Bytes of names that are
    /// not UTF-8 become U+DC80…U+DCFF, as in Python.
    static func texts(_ texts: [String]) -> (
        byteCount: Int, write: ((UnsafeRawBufferPointer) throws -> Void) throws -> Void
    ) {
        let width = max(texts.lazy.map(\.unicodeScalars.count).max() ?? 0, 1)
        let header = header(type: "<U\(width)", shape: [texts.count])
        return (
            header.count + 4 * width * texts.count,
            { put in
                try header.withUnsafeBytes(put)
                for text in texts {
                    var units = text.unicodeScalars.map { scalar in
                        (scalar.fileNameByte.map { 0xDC00 + UInt32($0) } ?? scalar.value).littleEndian
                    }
                    units.append(contentsOf: repeatElement(0, count: width - units.count))
                    try units.withUnsafeBytes(put)
                }
            }
        )
    }
}

/// A NumPy array of 32-bit floats that grows by rows.
final class NPYFile {
    let layer: FeatureLayer
    private let file: OutputFile
    private var rowCount: Int

    /// - Parameter keptRows: how many rows of an earlier run stay; see `rows(of:for:)`.
    /// - Throws: `OutputError`.
    init(_ path: String, _ layer: FeatureLayer, keptRows: Int = 0) throws {
        self.layer = layer
        rowCount = keptRows
        let kept = keptRows == 0 ? 0 : NPY.headerLength + keptRows * Self.rowBytes(layer)
        file = try OutputFile(path, leaving: .partial(keeping: kept))
        if keptRows == 0 { try header(rows: 0).withUnsafeBytes(file.write) }
    }

    func append(_ values: Slice<UnsafeBufferPointer<Float>>) throws {
        precondition(values.count == layer.shape.count, "a row holds \(layer.shape)")
        try file.write(UnsafeRawBufferPointer(UnsafeBufferPointer(rebasing: values)))
        rowCount += 1
    }

    func flush() throws { try file.flush() }

    /// - Parameter isLasting: see `OutputFile`.
    func finish(isLasting: Bool) throws {
        try file.overwrite(header(rows: rowCount), at: 0)
        try file.finish(isLasting: isLasting)
    }

    func giveUp() { file.giveUp() }

    private func header(rows: Int) -> [UInt8] { NPY.header(type: "<f4", shape: layer.arrayShape(rows: rows)) }

    private static func rowBytes(_ layer: FeatureLayer) -> Int { layer.shape.count * MemoryLayout<Float>.stride }

    /// How many whole rows a file holds that an interrupted run has left.
    /// - Throws: `FeatureFileError` where it is the array of another layer.
    static func rows(of path: String, for layer: FeatureLayer) throws -> Int {
        guard let file = try? RegularFile(path), let found = try? file.bytes(NPY.headerLength),
            found.count == NPY.headerLength
        else { return 0 }
        // The number of rows is told at the end alone.
        let digits = layer.arrayShape(rows: 0)
        let open = found.firstIndex(of: UInt8(ascii: "(")) ?? found.endIndex
        let count = found[open...].dropFirst().prefix { (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0) }
        guard let told = Int(String(decoding: count, as: UTF8.self)),
            found == NPY.header(type: "<f4", shape: [told] + digits.dropFirst())
        else { throw FeatureFileError.otherColumns(path) }
        return (file.byteCount - NPY.headerLength) / rowBytes(layer)
    }

    /// A row of such a file.
    static func row(_ index: Int, of path: String, for layer: FeatureLayer) -> [Float] {
        guard let file = try? RegularFile(path),
            let bytes = try? file.bytes(rowBytes(layer), at: NPY.headerLength + index * rowBytes(layer))
        else { return [] }
        return bytes.withUnsafeBytes { bytes in
            (0..<bytes.count / 4).map { bytes.loadUnaligned(fromByteOffset: 4 * $0, as: Float.self) }
        }
    }
}

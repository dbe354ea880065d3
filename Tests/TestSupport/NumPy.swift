import Foundation
import Tensors

/// Reads the subset of NumPy's `.npy` format (version 1, C order) that the goldens use:
/// `<f4`, `<f8`, `<i4`, `<i8`, `|u1`.
public func readNPY(_ path: String) throws -> Tensor {
    let data = try Data(contentsOf: URL(fileURLWithPath: path))
    guard data.count > 10, data.starts(with: [0x93, 0x4E, 0x55, 0x4D, 0x50, 0x59, 1]) else {
        throw NPYError.unsupported(path)
    }
    let headerLength = Int(data[8]) | Int(data[9]) << 8
    let header = String(decoding: data[10..<10 + headerLength], as: UTF8.self)
    guard header.contains("'fortran_order': False"), let open = header.firstIndex(of: "("),
        let close = header.firstIndex(of: ")")
    else { throw NPYError.unsupported(path) }
    let shape = header[header.index(after: open)..<close].split(separator: ",").compactMap {
        Int($0.trimmingCharacters(in: .whitespaces))
    }
    let body = data[(10 + headerLength)...]

    func elements<T>(_ type: T.Type, _ convert: (T) -> Float) -> [Float] {
        body.withUnsafeBytes { bytes in
            (0..<shape.product).map {
                convert(bytes.loadUnaligned(fromByteOffset: $0 * MemoryLayout<T>.size, as: T.self))
            }
        }
    }
    let values: [Float]
    if header.contains("'<f4'") {
        values = elements(Float.self) { $0 }
    } else if header.contains("'<f8'") {
        values = elements(Double.self) { Float($0) }
    } else if header.contains("'<i4'") {
        values = elements(Int32.self) { Float($0) }
    } else if header.contains("'<i8'") {
        values = elements(Int64.self) { Float($0) }
    } else if header.contains("'|u1'") {
        values = elements(UInt8.self) { Float($0) }
    } else {
        throw NPYError.unsupported(path)
    }
    return Tensor(shape: shape, values: values)
}

public enum NPYError: Error { case unsupported(String) }

/// An `.npy` file of an array in C order.
/// - Parameters:
///   - type: NumPy's word for it, such as `<f4`.
///   - contents: the elements' bytes.
public func npyFile(_ type: String, _ shape: [Int], _ contents: [UInt8]) -> [UInt8] {
    let extents = shape.map(String.init).joined(separator: ", ") + (shape.count == 1 ? "," : "")
    let header = Array("{'descr': '\(type)', 'fortran_order': False, 'shape': (\(extents)), }\n".utf8)
    return [0x93] + Array("NUMPY".utf8) + [1, 0, UInt8(header.count & 0xFF), UInt8(header.count >> 8)] + header
        + contents
}

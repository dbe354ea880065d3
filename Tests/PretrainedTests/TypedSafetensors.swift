import Foundation
import TestSupport

/// A file of safetensors with elements of any type.
struct TypedSafetensors {
    private var header: [String: [String: Any]] = [:]
    private var bytes = Data()

    /// - Parameters:
    ///   - type: safetensors' word: `F64`, `I64`.
    ///   - values: as the machine has them, of that type.
    mutating func add<Element: BitwiseCopyable>(_ name: String, _ type: String, shape: [Int], _ values: [Element]) {
        let start = bytes.count
        values.withUnsafeBytes { bytes.append(contentsOf: $0) }
        header[name] = ["dtype": type, "shape": shape, "data_offsets": [start, bytes.count]]
    }

    func write(to path: String) throws {
        let json = try JSONSerialization.data(withJSONObject: header, options: .sortedKeys)
        var file = withUnsafeBytes(of: UInt64(json.count).littleEndian) { Data($0) }
        file.append(json)
        file.append(bytes)
        try file.write(to: URL(fileURLWithPath: path))
    }
}

extension TypedSafetensors {
    /// A state dict whose numbers are of another type.
    init<Element: BitwiseCopyable>(_ dict: StateDict, _ type: String, _ number: (Float) -> Element) {
        for (name, tensor) in dict.tensors.sorted(by: { $0.key < $1.key }) {
            add(name, type, shape: tensor.shape, tensor.values.map(number))
        }
    }
}

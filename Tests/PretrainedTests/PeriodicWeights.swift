import Foundation
import Networks

/// The formula of the weight files under `Tests/Goldens/weights`, which `Scripts/goldens/weights.py` makes.
///
/// A tensor repeats 1,021 values, in the order in which the file stores it, starting at three times the parameter's
/// place in the network. The period is a prime, so exchanged axes show; the start differs, so exchanged tensors show.
enum PeriodicWeights {
    enum StoredOrder { case keras, torch }

    private static let period = 1021
    private static let bytes: [UInt8] = (0..<UInt32(period)).map { index in
        var h = index &* 0x9E37_79B1
        h ^= h >> 16
        h = h &* 0x85EB_CA6B
        h ^= h >> 13
        h = h &* 0xC2B2_AE35
        h ^= h >> 16
        return UInt8(h >> 24)
    }

    /// The value of each byte for a parameter.
    private static func levels(_ parameter: ParameterDescription) -> [Float] {
        switch parameter.role {
        case .weight:
            let fanIn = Double(parameter.shape.dropFirst().reduce(1, *))
            let limit = exp2(log2((6 / fanIn).squareRoot()).rounded(.toNearestOrEven))
            return (0..<256).map { Float((Double($0) - 128) / 128 * limit) }
        case .bias, .shift, .mean:
            return (0..<256).map { (Float($0) - 128) / 512 }
        case .scale, .variance:
            let closesBlock = [".norm3.scale", ".project.norm.scale"].contains(where: parameter.name.hasSuffix)
            let divisor: Float = closesBlock ? 1024 : 256
            return (0..<256).map { Float(128 + $0 / 2) / divisor }
        }
    }

    /// The first index at which a parameter differs from the formula, or nil where it is right throughout.
    ///
    /// Index arithmetic stands here on its own, so that it does not repeat a mistake of the import.
    static func firstDifference(
        _ parameter: ParameterDescription, ordinal: Int, _ values: UnsafeMutableBufferPointer<Float>,
        stored order: StoredOrder, positions: Int = 1
    ) -> Int? {
        let levels = levels(parameter)
        var table = (0..<period).map { levels[Int(bytes[($0 + 3 * ordinal) % period])] }
        table += table
        let shape = parameter.shape
        let outputs = shape[0]
        let inputs = values.count / outputs
        // Our inputs run over positions first, then channels.
        let window = shape.count == 4 ? shape[1] * shape[2] : positions
        let channels = inputs / window
        for output in 0..<outputs {
            for input in 0..<inputs {
                let (position, channel) = (input / channels, input % channels)
                let stored =
                    switch order {
                    case _ where shape.count == 1: output
                    case .keras: input * outputs + output
                    case .torch: (output * channels + channel) * window + position
                    }
                let index = output * inputs + input
                if values[index] != table[stored % period] { return index }
            }
        }
        return nil
    }
}

import Networks

/// Weights and images from a formula that `Scripts/goldens/formula.py` computes in the same way, so that no weight file
/// needs to be stored beside a golden result.
///
/// Element `i` of an array named `name` is `low + (high − low) · u`, where `u` is the top 24 bits of a 32-bit hash of
/// `i` and the FNV-1a hash of `name`, divided by 2²⁴. All arithmetic after the hash is in float64, rounded once to
/// float32.
public enum FormulaWeights {
    public static func fill(_ buffer: UnsafeMutableBufferPointer<Float>, name: String, low: Double, high: Double) {
        var seed: UInt32 = 0x811C_9DC5
        for byte in name.utf8 { seed = (seed ^ UInt32(byte)) &* 0x0100_0193 }
        for i in buffer.indices {
            var h = UInt32(truncatingIfNeeded: i) &* 0x9E37_79B1 ^ seed
            h ^= h >> 16
            h = h &* 0x85EB_CA6B
            h ^= h >> 13
            h = h &* 0xC2B2_AE35
            h ^= h >> 16
            buffer[i] = Float(low + (high - low) * (Double(h >> 8) * 0x1p-24))
        }
    }

    /// Fills every parameter of a network.
    ///
    /// Weights are uniform with variance 2 / fan-in, biases within ±0.1, scales in 0.7...1.2 (0.1...0.3 for the last batch
    /// norm of a residual block, 0.3...0.5 for that of an inverted one, so that the sums stay moderate), shifts and means within ±0.2, variances in 0.5...1.5.
    package static func fill(_ store: ParameterStore) {
        for description in store.descriptions {
            let (low, high) = range(of: description, in: store)
            fill(store[description.name], name: description.name, low: low, high: high)
        }
    }

    private static func range(of description: ParameterDescription, in store: ParameterStore) -> (Double, Double) {
        switch description.role {
        case .weight:
            let fanIn = description.shape.dropFirst().reduce(1, *)
            let limit = (6 / Double(fanIn)).squareRoot()
            return (-limit, limit)
        case .bias: return (-0.1, 0.1)
        case .scale where description.name.hasSuffix(".project.norm.scale"): return (0.3, 0.5)
        case .scale: return closesResidualBranch(description, in: store) ? (0.1, 0.3) : (0.7, 1.2)
        case .shift, .mean: return (-0.2, 0.2)
        case .variance: return (0.5, 1.5)
        }
    }

    /// Whether a scale belongs to `norm2` of a block without `norm3`, or to `norm3`.
    private static func closesResidualBranch(_ description: ParameterDescription, in store: ParameterStore) -> Bool {
        let name = description.name
        if name.hasSuffix(".norm3.scale") { return name.contains(".block") }
        guard name.hasSuffix(".norm2.scale"), name.contains(".block") else { return false }
        let third = name.dropLast("norm2.scale".count) + "norm3.scale"
        return !store.descriptions.contains { $0.name == third }
    }
}

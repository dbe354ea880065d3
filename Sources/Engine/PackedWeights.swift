/// The weights of a convolution in the layouts that its methods want.
struct PackedWeights {
    /// Whether batch norm is folded in.
    let isFolded: Bool
    /// Whose layouts they have.
    let forwardUser: ConvolutionMethod
    let backwardUser: ConvolutionMethod?
    /// f, one float for each output channel.
    let factors: UnsafeMutableBufferPointer<Float>
    /// t, one float for each output channel.
    let bias: UnsafeMutableBufferPointer<Float>
    let forward: Storage
    /// For the gradient of the input; nil where none is computed.
    let backward: Storage?
}

extension PackedWeights {
    /// Whether another plan's methods want the same weights in the same layouts.
    fileprivate func fits(isFolded: Bool, _ forward: ConvolutionMethod, _ inputGradient: ConvolutionMethod?) -> Bool {
        guard isFolded == self.isFolded, forward.sharesWeightsLayout(with: forwardUser) else { return false }
        guard let inputGradient else { return true }
        return backwardUser.map(inputGradient.sharesWeightsLayout) ?? false
    }
}

extension Lowering {
    /// Packs the weights now and whenever the layer's stage has changed.
    func pack(
        _ layer: Layer, _ folding: Folding, _ forward: ConvolutionMethod, _ inputGradient: ConvolutionMethod?
    ) throws -> PackedWeights {
        if let shared = partner?.packedWeights[layer.name],
            shared.fits(isFolded: folding.norm != nil, forward, inputGradient)
        {
            packedWeights[layer.name] = shared
            return shared
        }
        let forwardStorage = makeStorage(byteCount: forward.weightsSize)
        var packings = [try forward.packing(from: configuration.precision, to: forwardStorage)]
        var backwardStorage: Storage?
        if let inputGradient {
            if inputGradient.sharesWeightsLayout(with: forward) {
                backwardStorage = forwardStorage
            } else {
                let storage = makeStorage(byteCount: inputGradient.weightsSize)
                packings.append(try inputGradient.packing(from: configuration.precision, to: storage))
                backwardStorage = storage
            }
        }
        let packed = PackedWeights(
            isFolded: folding.norm != nil, forwardUser: forward, backwardUser: inputGradient,
            factors: makeStorage(floats: folding.outputChannels).floats,
            bias: makeStorage(floats: folding.outputChannels).floats, forward: forwardStorage, backward: backwardStorage
        )
        packedWeights[layer.name] = packed
        // Methods of one layer read plain weights of one type.
        let precision = forward.plainPrecision(configuration.precision)
        addPacker(
            stage: layer.stage, scratch: folding.weight.count * precision.byteCount,
            primitives: packings.compactMap(\.primitive)
        ) { [unowned self] in
            folding.writeFactors(to: packed.factors)
            folding.writeBias(to: packed.bias)
            folding.writeWeights(to: packingScratch.pointer, factors: packed.factors, precision)
            for packing in packings { try packing.execute(for: "packing \(layer.name)", packingScratch) }
        }
        return packed
    }
}

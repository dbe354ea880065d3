import COneDNN
import Files
import Kernels
import Networks

/// Weights in the layouts that methods want, and how they get there whenever the parameters have changed.
final class WeightPacker {
    private struct Packing {
        let stage: String
        let pack: () throws -> Void
        /// The reorders that read from the scratch.
        let primitives: [Primitive]
    }

    private let tape: Tape
    /// Whose packed weights may be shared.
    private let partner: WeightPacker?
    private var packings: [Packing] = []
    /// The packed weights of convolutions, by layer.
    private var convolutions: [String: PackedWeights] = [:]
    /// The weights of linear layers that compute in bf16, by layer.
    private var narrow: [String: UnsafeMutableRawPointer] = [:]
    /// Scratch for plain weights on their way into a packed layout.
    let plain = Scratch()

    init(_ tape: Tape, sharing partner: WeightPacker?) {
        self.tape = tape
        self.partner = partner
    }

    /// Registers the repacking of a layer's weights.
    /// - Parameters:
    ///   - scratch: the bytes it needs of `plain`.
    ///   - primitives: the reorders that read from there.
    func add(stage: String, scratch: Int = 0, primitives: [Primitive] = [], _ pack: @escaping () throws -> Void) {
        plain.reserve(byteCount: scratch)
        primitives.forEach(tape.register)
        packings.append(Packing(stage: stage, pack: pack, primitives: primitives))
    }

    /// Packs the weights of a convolution now and whenever the layer's stage has changed.
    func pack(
        _ layer: Layer, _ folding: Folding, _ forward: ConvolutionMethod, _ inputGradient: ConvolutionMethod?,
        _ precision: Precision
    ) throws -> PackedWeights {
        if let shared = partner?.convolutions[layer.name],
            shared.fits(isFolded: folding.norm != nil, forward, inputGradient)
        {
            convolutions[layer.name] = shared
            return shared
        }
        let forwardStorage = tape.makeStorage(byteCount: forward.weightsSize)
        var packings = [try forward.packing(from: precision, to: forwardStorage)]
        var backwardStorage: Storage?
        if let inputGradient {
            if inputGradient.sharesWeightsLayout(with: forward) {
                backwardStorage = forwardStorage
            } else {
                let storage = tape.makeStorage(byteCount: inputGradient.weightsSize)
                packings.append(try inputGradient.packing(from: precision, to: storage))
                backwardStorage = storage
            }
        }
        let packed = PackedWeights(
            isFolded: folding.norm != nil, forwardUser: forward, backwardUser: inputGradient,
            factors: tape.makeStorage(floats: folding.outputChannels).floats,
            bias: tape.makeStorage(floats: folding.outputChannels).floats, forward: forwardStorage,
            backward: backwardStorage)
        convolutions[layer.name] = packed
        // Methods of one layer read plain weights of one type.
        let plainPrecision = forward.plainPrecision(precision)
        add(
            stage: layer.stage, scratch: folding.weight.count * plainPrecision.byteCount,
            primitives: packings.compactMap(\.primitive)
        ) { [plain] in
            folding.writeFactors(to: packed.factors)
            folding.writeBias(to: packed.bias)
            folding.writeWeights(to: plain.pointer, factors: packed.factors, plainPrecision)
            for packing in packings { try packing.execute(for: "packing \(layer.name)", plain.memory) }
        }
        return packed
    }

    /// Where the weights of a linear layer lie in the given precision: the store's own memory for f32, else a copy that is
    /// kept current.
    func linearWeights(
        _ layer: Layer, _ weight: UnsafeMutableBufferPointer<Float>, _ precision: Precision
    ) -> UnsafeMutableRawPointer {
        guard precision == .bf16 else { return weight.memory }
        if let shared = partner?.narrow[layer.name] {
            narrow[layer.name] = shared
            return shared
        }
        let copy = tape.makeStorage(byteCount: weight.count * precision.byteCount)
        add(stage: layer.stage) {
            kernel_f32_to_bf16(
                weight.baseAddress, copy.pointer.assumingMemoryBound(to: UInt16.self), weight.count)
        }
        narrow[layer.name] = copy.pointer
        return copy.pointer
    }

    /// Makes the scratch and tells the reorders where it lies.
    func finish() {
        tape.keep(plain.allocate())
        for packing in packings { for primitive in packing.primitives { primitive.bind(DNN_A, plain.pointer) } }
    }

    /// Packs what has changed.
    /// - Parameter stages: the stages whose parameters have; nil for all.
    /// - Throws: `EngineError`; `CancellationError` where the process' work shall end.
    func pack(_ stages: Set<String>? = nil) throws {
        for packing in packings where stages?.contains(packing.stage) ?? true {
            try Cancellation.check()
            try packing.pack()
        }
    }
}

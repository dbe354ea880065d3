import Kernels
import Networks

/// What becomes of the positions of a tapped feature map, H×W×C.
package enum TapPooling: String, CaseIterable, Sendable {
    /// The mean over all positions: C numbers.
    case average = "avg"
    /// The maximum over all positions: C numbers.
    case maximum = "max"
    /// All H·W·C numbers, rows first, channels last.
    case none
}

extension Network {
    /// The node that a name taps: `logits`; the last node of a stage, such as `layer3`, or of a block, such as
    /// `layer3.block1`; or the node of that name, such as `layer3.block1.conv2`. `pool` is the trunk's last feature map
    /// where the head reads that itself.
    /// - Throws: `EngineError` where there is none.
    package func node(tappedBy name: String) throws -> Int {
        if name == "logits" { return nodes.count - 1 }
        if name == "pool", stage(named: name) == nil { return trunkEnd }
        if let stage = stage(named: name) { return stage.nodes.upperBound - 1 }
        if let node = nodes.dropFirst().firstIndex(where: { $0.name == name })
            ?? nodes.lastIndex(where: { $0.name.hasPrefix(name + ".") })
        {
            return node
        }
        throw EngineError(
            description: "\(self.name) has no stage or layer \(name); its stages are "
                + "\(stages.map(\.name).joined(separator: ", ")) and logits", kind: .usage, network: self.name)
    }

    /// Whether what a name taps depends on the head.
    /// - Throws: `EngineError` where there is none of the name.
    package func isInHead(tap name: String) throws -> Bool { nodes[try node(tappedBy: name)].stage == Self.headStage }
}

extension Lowering {
    /// Copies a value, pooled as wanted, to where the tap's output goes.
    /// - Throws: `EngineError` where memory is short.
    func lowerTap(_ name: String, of source: Value) throws -> (storage: Storage, shape: FeatureShape) {
        let (map, batch, isBF16) = (source.shape, batch, source.precision == .bf16)
        let pooling = configuration.tapPooling
        let pooled = FeatureShape(height: 1, width: 1, channels: map.channels)
        let shape = pooling == .none ? map : pooled
        let storage = try tape.reserveStorage(floats: batch * shape.count)
        if pooling == .maximum, map != pooled {
            let largest = tape.makeBuffer(byteCount: batch * map.channels * source.precision.byteCount)
            var geometry = pool_geometry(batch: batch, map, pooled, Window(Extent(map.height, map.width)))
            tape.emit("tap \(name)", touching: [source.buffer, largest]) { [arena] _ in
                kernel_max_pool(&geometry, arena.pointer(source.buffer), arena.pointer(largest), nil, isBF16)
                Self.widen(arena.pointer(largest), storage, count: batch * map.channels, isBF16)
            }
        } else if pooling == .average, map != pooled {
            tape.emit("tap \(name)", touching: [source.buffer]) { [arena] _ in
                kernel_average_pool(
                    arena.pointer(source.buffer), storage.pointer, batch, map.height, map.width, map.channels, 1, 1,
                    isBF16, true)
            }
        } else {
            tape.emit("tap \(name)", touching: [source.buffer]) { [arena] _ in
                Self.widen(arena.pointer(source.buffer), storage, count: batch * map.count, isBF16)
            }
        }
        return (storage, shape)
    }

    /// Copies numbers of either precision as floats.
    static func widen(_ values: UnsafeMutableRawPointer, _ storage: Storage, count: Int, _ isBF16: Bool) {
        if isBF16 {
            kernel_bf16_to_f32(values.assumingMemoryBound(to: UInt16.self), storage.floats.baseAddress, count)
        } else {
            storage.pointer.copyMemory(from: values, byteCount: count * MemoryLayout<Float>.stride)
        }
    }
}

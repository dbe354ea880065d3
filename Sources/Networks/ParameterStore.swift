import Tensors

/// The numbers of a network: every parameter by name, in 32-bit floats.
///
/// Each parameter's memory stays where it is for the life of the store, so that the engine reads and optimisers write
/// the same place. A store is not synchronised: one thread at a time may change it.
public final class ParameterStore {
    /// The parameters described, in the network's order.
    package let descriptions: [ParameterDescription]
    private let buffers: [String: UnsafeMutableBufferPointer<Float>]
    /// All of them, one behind the other.
    private let memory: UnsafeMutableRawBufferPointer

    /// Each parameter begins where every vector instruction likes it.
    private static let alignment = 64

    /// Allocates every parameter of `network`, all zero.
    package init(_ network: Network) {
        descriptions = network.parameters
        let sizes = descriptions.map { $0.shape.product * MemoryLayout<Float>.stride }
        let rooms = sizes.map { ($0 + Self.alignment - 1) / Self.alignment * Self.alignment }
        let byteCount = rooms.reduce(0, +)
        guard let start = ZeroedMemory.allocate(byteCount: byteCount, isTouchedWhole: true) else {
            preconditionFailure("out of memory")
        }
        memory = UnsafeMutableRawBufferPointer(start: start, count: byteCount)
        var buffers: [String: UnsafeMutableBufferPointer<Float>] = [:]
        var offset = 0
        for (description, room) in zip(descriptions, rooms) {
            let count = description.shape.product
            buffers[description.name] = UnsafeMutableBufferPointer(
                start: (start + offset).bindMemory(to: Float.self, capacity: count), count: count)
            offset += room
        }
        self.buffers = buffers
    }

    deinit {
        if let start = memory.baseAddress { ZeroedMemory.deallocate(start, byteCount: memory.count) }
    }

    /// The memory of a parameter, in the layout its description tells.
    package subscript(name: String) -> UnsafeMutableBufferPointer<Float> {
        guard let buffer = buffers[name] else { preconditionFailure("the network has no parameter \(name)") }
        return buffer
    }

    /// A copy of a parameter, or nil where the network has none of this name.
    package func tensor(_ name: String) -> Tensor? {
        guard let description = descriptions.first(where: { $0.name == name }) else { return nil }
        return Tensor(shape: description.shape, values: Array(self[name]))
    }

    /// Overwrites a parameter; the shape must be the described one.
    package func assign(_ tensor: Tensor, to name: String) {
        let buffer = self[name]
        precondition(buffer.count == tensor.count, "\(name) has \(buffer.count) values, not \(tensor.count)")
        _ = buffer.update(fromContentsOf: tensor.values)
    }

    /// Fills the parameters of the named stages as an untrained network has them: convolutions from the normal
    /// distribution of He et al. 2015 (variance 2 / fan-out), linear layers uniform within ±1/√fan-in, scales and
    /// variances one, all else zero. Linear biases are zero.
    ///
    /// Each parameter has a random stream of its own, so it does not depend on which others are filled.
    package func initialize(stages: Set<String>, seed: UInt64) {
        for (index, description) in descriptions.enumerated() where stages.contains(description.stage) {
            let buffer = self[description.name]
            var random = RandomStream(seed: seed, purpose: .initialization, sample: index)
            switch (description.role, description.shape.count) {
            case (.weight, 4):
                let shape = description.shape
                let deviation = (2 / Double(shape[0] * shape[1] * shape[2])).squareRoot()
                for i in buffer.indices { buffer[i] = Float(deviation * random.normal()) }
            case (.weight, _):
                let limit = 1 / Double(description.shape[1]).squareRoot()
                for i in buffer.indices { buffer[i] = Float(random.uniform(in: -limit...limit)) }
            case (.scale, _), (.variance, _):
                buffer.update(repeating: 1)
            default:
                buffer.update(repeating: 0)
            }
        }
    }
}

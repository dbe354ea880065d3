import Tensors

/// A block of memory aligned for every vector instruction set, owned.
final class Storage {
    let pointer: UnsafeMutableRawPointer
    let byteCount: Int

    /// Allocates `byteCount` zero bytes.
    init(byteCount: Int) {
        self.byteCount = byteCount
        pointer = ZeroedMemory.allocate(byteCount: byteCount)
    }

    convenience init(floats count: Int) { self.init(byteCount: count * MemoryLayout<Float>.stride) }

    deinit { ZeroedMemory.deallocate(pointer, byteCount: byteCount) }

    /// The block as floats.
    var floats: UnsafeMutableBufferPointer<Float> {
        let count = byteCount / MemoryLayout<Float>.stride
        return UnsafeMutableBufferPointer(
            start: pointer.bindMemory(to: Float.self, capacity: max(count, 1)), count: count)
    }
}

extension UnsafeMutableBufferPointer<Float> {
    /// The memory itself; there is always some.
    var memory: UnsafeMutableRawPointer {
        guard let baseAddress else { preconditionFailure("an empty buffer has no memory") }
        return UnsafeMutableRawPointer(baseAddress)
    }
}

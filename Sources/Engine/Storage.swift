import Tensors

/// A block of memory aligned for every vector instruction set, owned.
final class Storage {
    let pointer: UnsafeMutableRawPointer
    let byteCount: Int

    private init(_ pointer: UnsafeMutableRawPointer, byteCount: Int) {
        self.pointer = pointer
        self.byteCount = byteCount
    }

    /// Allocates `byteCount` zero bytes: no more than a network's parameters take.
    convenience init(byteCount: Int) {
        guard let pointer = ZeroedMemory.allocate(byteCount: byteCount) else { preconditionFailure("out of memory") }
        self.init(pointer, byteCount: byteCount)
    }

    /// Allocates what grows with images and batch, and may be more than there is.
    /// - Throws: `EngineError`.
    convenience init(reserving byteCount: Int) throws {
        guard let pointer = ZeroedMemory.allocate(byteCount: byteCount) else {
            throw EngineError.outOfMemory(byteCount)
        }
        self.init(pointer, byteCount: byteCount)
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

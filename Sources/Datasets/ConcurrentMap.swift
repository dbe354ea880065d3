import Dispatch

/// `transform` of every index below `count`, computed on all cores; the result does not depend on their number.
package func concurrentMap<Element: Sendable>(_ count: Int, _ transform: @Sendable (Int) -> Element) -> [Element] {
    [Element](unsafeUninitializedCapacity: count) { buffer, initialized in
        // Each iteration writes an element of its own, and `concurrentPerform` returns after the last.
        nonisolated(unsafe) let buffer = buffer
        DispatchQueue.concurrentPerform(iterations: count) { index in
            buffer.initializeElement(at: index, to: transform(index))
        }
        initialized = count
    }
}

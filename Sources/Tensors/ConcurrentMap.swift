import Dispatch
import Kernels
import Synchronization

/// Calls `body` with every index below `count`, on as many threads as compute (`parallel_threads`), and waits.
package func concurrentForEach(_ count: Int, _ body: @Sendable (Int) -> Void) {
    let next = Atomic(0)
    DispatchQueue.concurrentPerform(iterations: min(count, Int(parallel_threads()))) { _ in
        while case let index = next.wrappingAdd(1, ordering: .relaxed).oldValue, index < count { body(index) }
    }
}

/// `transform` of every index below `count`, on as many threads as compute; the result does not depend on their number.
package func concurrentMap<Element: Sendable>(_ count: Int, _ transform: @Sendable (Int) -> Element) -> [Element] {
    [Element](unsafeUninitializedCapacity: count) { buffer, initialized in
        // Each index has an element of its own, and all are done in the end.
        nonisolated(unsafe) let buffer = buffer
        concurrentForEach(count) { index in buffer.initializeElement(at: index, to: transform(index)) }
        initialized = count
    }
}

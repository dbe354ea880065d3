import Datasets
import Foundation
import Kernels
import Synchronization
import Tensors
import Testing

/// Work that is shared out keeps to the number of threads that compute.
@Suite(.serialized) struct ConcurrencyTests {
    @Test(arguments: [Int32(1), 2, 5]) func noMoreThreadsThanCompute(_ threads: Int32) {
        parallel_set_threads(threads)
        defer { parallel_set_threads(0) }
        let running = Atomic(0)
        let most = Atomic(0)
        let results = concurrentMap(60) { index in
            most.max(running.wrappingAdd(1, ordering: .relaxed).newValue, ordering: .relaxed)
            Thread.sleep(forTimeInterval: 0.001)
            running.wrappingSubtract(1, ordering: .relaxed)
            return index * index
        }
        #expect(results == (0..<60).map { $0 * $0 })
        #expect(most.load(ordering: .relaxed) <= Int(threads))
        #expect(BatchLoader.Configuration(batchSize: 1, side: 1).threadCount == Int(threads))
    }

    @Test func nothingIsNoWork() {
        let results = concurrentMap(0) { $0 }
        #expect(results.isEmpty)
    }
}

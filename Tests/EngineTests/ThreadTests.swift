import Engine
import Foundation
import Kernels
import Networks
import Synchronization
import TestSupport
import Testing

/// The number of threads is that of the process, whichever thread computes.
@Suite(.serialized) struct ThreadTests {
    private final class Counter: Sendable {
        let value = Atomic(0)
    }

    /// Into how many runs a loop is split.
    private static func runCount() -> Int {
        let counter = Counter()
        parallel_for(
            1000, 1,
            { context, _, _, _ in
                guard let context else { return }
                let counter = Unmanaged<Counter>.fromOpaque(context).takeUnretainedValue()
                counter.value.wrappingAdd(1, ordering: .relaxed)
            }, Unmanaged.passUnretained(counter).toOpaque())
        return counter.value.load(ordering: .relaxed)
    }

    /// How many threads oneDNN uses where this thread asks it to.
    private static func libraryThreadCount() -> Int {
        guard let symbol = dlsym(nil, "omp_get_max_threads") else { return 0 }
        return Int(unsafeBitCast(symbol, to: (@convention(c) () -> Int32).self)())
    }

    /// Runs `body` on a new thread and waits for it.
    private func onAnotherThread<Result: Sendable>(_ body: @escaping @Sendable () throws -> Result) throws -> Result {
        let outcome = Mutex<Swift.Result<Result, any Error>?>(nil)
        let done = DispatchSemaphore(value: 0)
        nonisolated(unsafe) let store = { (result: Swift.Result<Result, any Error>) in outcome.withLock { $0 = result }
        }
        Thread {
            store(Swift.Result { try body() })
            done.signal()
        }.start()
        done.wait()
        return try #require(outcome.withLock { $0 }).get()
    }

    @Test func everyThreadComputesOnAsMany() throws {
        defer { ComputeLibrary.useThreads(nil) }
        for count in [1, 3] {
            ComputeLibrary.useThreads(count)
            #expect(ComputeLibrary.threadCount == count)
            #expect(Self.runCount() == count)
            let (runs, library) = try onAnotherThread {
                let network = Architecture.resNet20.network(.init(classCount: 2))
                let plan = try Plan(
                    network: network, parameters: ParameterStore(network), preprocessing: .torch,
                    configuration: .init(batch: 1, height: 32, width: 32))
                try plan.forward()
                return (Self.runCount(), Self.libraryThreadCount())
            }
            #expect(runs == count && library == count)
        }
    }

    /// What a plan or a run has asked for stays with nobody else.
    @Test func nothingIsLeftBehind() throws {
        defer { ComputeLibrary.useThreads(nil) }
        let automatic = ComputeLibrary.threadCount
        let network = Architecture.resNet20.network(.init(classCount: 2))
        let store = ParameterStore(network)
        func plan() throws -> Plan {
            try Plan(
                network: network, parameters: store, preprocessing: .torch,
                configuration: .init(batch: 1, height: 32, width: 32))
        }
        ComputeLibrary.useThreads(automatic + 2)
        let wide = try plan()
        ComputeLibrary.useThreads(nil)
        #expect(ComputeLibrary.threadCount == automatic && Self.runCount() == automatic)
        try plan().forward()
        #expect(Self.libraryThreadCount() == automatic)
        // Its primitives were made for more.
        try wide.forward()
        #expect(Self.libraryThreadCount() == automatic + 2)
        #expect(ComputeLibrary.threadCount == automatic && Self.runCount() == automatic)
    }

    /// Each with a plan of its own.
    @Test func threadsComputeBesideEachOther() throws {
        @Sendable func outputs(_ architecture: Architecture) throws -> [UInt32] {
            let network = architecture.network(.init(classCount: 2))
            let store = ParameterStore(network)
            FormulaWeights.fill(store)
            var bits: [UInt32] = []
            for _ in 0..<3 {
                let plan = try Plan(
                    network: network, parameters: store, preprocessing: .torch,
                    configuration: .init(batch: 2, height: 32, width: 32))
                plan.fillPixels()
                try plan.forward()
                bits += plan.output("logits").map(\.bitPattern)
            }
            return bits
        }
        let architectures: [Architecture] = [.resNet20, .resNet18]
        let alone = try architectures.map(outputs)
        let results = Mutex<[[UInt32]]>([[], []])
        DispatchQueue.concurrentPerform(iterations: 2) { index in
            let result = (try? outputs(architectures[index])) ?? []
            results.withLock { $0[index] = result }
        }
        #expect(results.withLock { $0 } == alone)
    }
}

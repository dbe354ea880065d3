import Foundation
import Networks

/// The weights of the best epoch, as far as a run can change them.
final class BestWeights {
    private let store: ParameterStore
    /// The parameters and statistics that some stage of the run trains, in the network's order.
    let names: [String]
    private var values: [String: [Float]] = [:]

    init(_ store: ParameterStore, trained: Set<String>) {
        self.store = store
        names = store.descriptions.filter { trained.contains($0.stage) }.map(\.name)
    }

    var isEmpty: Bool { values.isEmpty }

    /// Keeps the weights as they are now.
    func capture() {
        for name in names { values[name] = Array(store[name]) }
    }

    /// Puts the weights that were kept, if any, back into the store.
    func restore() {
        for (name, values) in values { _ = store[name].update(fromContentsOf: values) }
    }

    /// Does something while the store holds the best weights.
    func whileRestored(_ body: () throws -> Void) rethrows {
        let current = names.map { Array(store[$0]) }
        restore()
        defer { for (name, values) in zip(names, current) { _ = store[name].update(fromContentsOf: values) } }
        try body()
    }

    /// The tensors that differ from those in the store.
    var differences: [(name: String, values: [Float])] {
        names.compactMap { name in
            guard let values = values[name] else { return nil }
            // By bits: −0 is not 0 here.
            let isSame = values.withUnsafeBytes { $0.isIdentical(to: UnsafeRawBufferPointer(store[name])) }
            return isSame ? nil : (name, values)
        }
    }

    /// Takes up what a checkpoint holds: the tensors that differ from those in the store.
    func restore(differences: [String: [Float]]) {
        capture()
        values.merge(differences) { $1 }
    }
}

extension UnsafeRawBufferPointer {
    fileprivate func isIdentical(to other: UnsafeRawBufferPointer) -> Bool {
        guard count == other.count else { return false }
        guard let a = baseAddress, let b = other.baseAddress else { return true }
        return memcmp(a, b, count) == 0
    }
}

import Engine
import Files
import Networks

/// The tensors that a stage must leave alone, and the proof that it did.
///
/// These are all parameters and running statistics of the stages that are not trained; with batch norm `frozen` the
/// running statistics of the trained ones too.
package struct FrozenTensors {
    private let store: ParameterStore
    /// In the network's order.
    package let names: [String]

    package init(_ store: ParameterStore, trained: Set<String>, batchNorm: BatchNormMode) {
        self.store = store
        names = store.descriptions.filter { description in
            !trained.contains(description.stage) || (description.isStatistic && batchNorm == .frozen)
        }.map(\.name)
    }

    /// The SHA-256 of each tensor as it is now, by name.
    package func digests() -> [String: String] {
        Dictionary(
            uniqueKeysWithValues: names.map { name in
                var hash = SHA256()
                hash.update(UnsafeRawBufferPointer(store[name]))
                return (name, hash.finalized())
            })
    }

    /// Compares the tensors with what they were.
    ///
    /// - Parameter before: the digests from the beginning of the stage.
    /// - Throws: `TrainingError.frozenTensorsChanged` that names those that moved.
    package func proof(stage: String, before: [String: String]) throws -> FreezeProof {
        let after = digests()
        let changed = names.filter { before[$0] != after[$0] }
        guard changed.isEmpty else { throw TrainingError.frozenTensorsChanged(stage: stage, tensors: changed) }
        return FreezeProof(
            stage: stage, tensors: names.count, hashBefore: combined(before), hashAfter: combined(after))
    }

    /// One digest of all names and digests, in the network's order.
    private func combined(_ digests: [String: String]) -> String {
        SHA256.hexDigest(names.map { "\($0) \(digests[$0] ?? "")\n" }.joined().utf8)
    }
}

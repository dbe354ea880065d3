import Networks

/// A network with its numbers and everything it has been compiled for: each plan is made when it is first wanted, and kept.
///
/// All plans work in the memory of the first where that is large enough, and on the same packed weights where their layouts
/// agree, so what one has computed holds until another runs. All calls come from one thread at a time.
package final class CompiledNetwork {
    package let network: Network
    package let parameters: ParameterStore
    package let preprocessing: Preprocessing

    private struct Entry {
        let plan: Plan
        /// The index of the plan whose memory and packed weights it shares; nil for none.
        let partner: Int?
        /// How often each stage had changed when the plan packed its weights last.
        var packed: [String: Int]
    }

    /// Others may share those that come first.
    private var entries: [Entry] = []
    /// How often the parameters of each stage have changed, as far as anybody has told.
    private var changes: [String: Int] = [:]
    /// The most plans that are kept: what training needs, and a batch of another size or two.
    private static let mostPlans = 6

    package init(network: Network, parameters: ParameterStore, preprocessing: Preprocessing) {
        self.network = network
        self.parameters = parameters
        self.preprocessing = preprocessing
    }

    /// The memory that the plans hold: activations, gradients and packed weights.
    package var memoryBytes: Int { entries.reduce(0) { $0 + $1.plan.memoryBytes } }

    /// The plan for a configuration, its packed weights up to date.
    /// - Throws: as `Plan.init`.
    package func plan(_ configuration: Plan.Configuration) throws -> Plan {
        let known = entries.firstIndex { $0.plan.configuration == configuration }
        let index = try known ?? compile(configuration)
        try packWeights(of: index)
        return entries[index].plan
    }

    /// A plan for a configuration's batch or a larger one, the smallest that there is, or else a new one.
    /// - Throws: as `plan`.
    package func plan(forAtLeast configuration: Plan.Configuration) throws -> Plan {
        let fitting = entries.map(\.plan.configuration).filter { other in
            var wanted = configuration
            wanted.batch = max(other.batch, configuration.batch)
            return other == wanted
        }
        return try plan(fitting.min { $0.batch < $1.batch } ?? configuration)
    }

    /// Lets every plan take over, when it is wanted next, what has changed in the parameters.
    /// - Parameter stages: of the parameters that have; nil for all.
    package func parametersChanged(in stages: Set<String>? = nil) {
        for stage in network.stages.map(\.name) where stages?.contains(stage) ?? true {
            changes[stage, default: 0] += 1
        }
    }

    /// Frees the memory of all plans.
    package func removePlans() { entries = [] }

    private func compile(_ configuration: Plan.Configuration) throws -> Int {
        let partner = entries.firstIndex { $0.plan.configuration.part == configuration.part } ?? entries.indices.first
        if entries.count == Self.mostPlans, let idle = entries.indices.last(where: { !isPartner($0) }) {
            // Only plans before it are partners, so no index moves that is kept.
            entries.remove(at: idle)
        }
        // What the new plan shares was packed before.
        if let partner { try packWeights(of: partner) }
        let plan = try Plan(
            network: network, parameters: parameters, preprocessing: preprocessing, configuration: configuration,
            sharingMemoryOf: partner.map { entries[$0].plan })
        entries.append(Entry(plan: plan, partner: partner, packed: changes))
        return entries.count - 1
    }

    private func isPartner(_ index: Int) -> Bool { entries.contains { $0.partner == index } }

    private func packWeights(of index: Int) throws {
        if let partner = entries[index].partner { try packWeights(of: partner) }
        let stale = Set(changes.filter { $0.value != entries[index].packed[$0.key, default: 0] }.keys)
        guard !stale.isEmpty else { return }
        try entries[index].plan.parametersChanged(in: stale)
        entries[index].packed = changes
    }
}

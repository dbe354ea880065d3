import Networks

/// A network with its numbers and everything it has been compiled for: each plan is made when it is first wanted, and kept.
///
/// Plans of one precision work in the same memory where it is large enough, and on the same packed weights where their layouts
/// agree, so what one has computed holds until another runs. All calls come from one thread at a time.
package final class CompiledNetwork {
    package let network: Network
    package let parameters: ParameterStore
    package let preprocessing: Preprocessing

    private final class Entry {
        let plan: Plan
        /// The plan whose memory and packed weights it shares; nil for none.
        let partner: Entry?
        /// How often each stage had changed when the plan packed its weights last.
        var packed: [String: Int]
        /// Counts up from use to use.
        var lastUse = 0

        init(_ plan: Plan, partner: Entry?, packed: [String: Int]) {
            self.plan = plan
            self.partner = partner
            self.packed = packed
        }
    }

    /// In the order in which they were compiled.
    private var entries: [Entry] = []
    private var uses = 0
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
        let entry = try entries.first { $0.plan.configuration == configuration } ?? compile(configuration)
        try packWeights(of: entry)
        uses += 1
        entry.lastUse = uses
        return entry.plan
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

    private func compile(_ configuration: Plan.Configuration) throws -> Entry {
        let alike = entries.filter { $0.plan.configuration.precision == configuration.precision }
        let partner = alike.first { $0.plan.configuration.part == configuration.part } ?? alike.first
        if entries.count >= Self.mostPlans { forgetIdlest(but: partner) }
        // What the new plan shares was packed before.
        if let partner { try packWeights(of: partner) }
        let plan = try Plan(
            network: network, parameters: parameters, preprocessing: preprocessing, configuration: configuration,
            sharingMemoryOf: partner?.plan)
        let entry = Entry(plan, partner: partner, packed: changes)
        entries.append(entry)
        return entry
    }

    /// Forgets the plan that was used the longest ago, of those whose memory no other shares.
    private func forgetIdlest(but kept: Entry?) {
        let shared = entries.compactMap(\.partner) + [kept].compactMap(\.self)
        let idle = entries.filter { entry in !shared.contains { $0 === entry } }
        guard let idlest = idle.min(by: { $0.lastUse < $1.lastUse }) else { return }
        entries.removeAll { $0 === idlest }
    }

    private func packWeights(of entry: Entry) throws {
        if let partner = entry.partner { try packWeights(of: partner) }
        let stale = Set(changes.filter { $0.value != entry.packed[$0.key, default: 0] }.keys)
        guard !stale.isEmpty else { return }
        try entry.plan.parametersChanged(in: stale)
        entry.packed = changes
    }
}

import Tasks

/// Ends a stage whose monitored figure no longer improves.
package struct EarlyStopping: Hashable, Sendable {
    /// How many epochs in a row without improvement end the stage, at least 1.
    package var patience: Int
    /// The least change that counts as improvement.
    package var minimumChange: Double

    package init(patience: Int, minimumChange: Double = 0) {
        self.patience = patience
        self.minimumChange = minimumChange
    }
}

/// How long a stage has gone without improvement.
struct Patience: Hashable, Codable {
    /// The best figure of the stage; nil before the first epoch.
    private(set) var best: Double?
    private(set) var epochsWithoutImprovement = 0

    /// Takes note of an epoch's figure.
    mutating func note(_ value: Double, _ monitor: Monitor, minimumChange: Double) {
        if let best, !monitor.prefers(value, to: best, by: minimumChange) {
            epochsWithoutImprovement += 1
        } else {
            best = value
            epochsWithoutImprovement = 0
        }
    }

    func isExhausted(_ limit: EarlyStopping?) -> Bool {
        limit.map { epochsWithoutImprovement >= $0.patience } ?? false
    }
}

extension LearningTask {
    /// Every task there is.
    package static let catalogue: [LearningTask] = [.classification, .multiLabel, .regression]
}

import Datasets

/// What training minimises: softmax cross-entropy, with the targets softened and the classes weighted as told.
package struct LossConfiguration: Hashable, Sendable {
    /// How much of each target is spread evenly over all classes, in `0..<1`.
    package var labelSmoothing: Double
    package var classWeights: ClassWeights

    package init(labelSmoothing: Double = 0, classWeights: ClassWeights = .equal) {
        self.labelSmoothing = labelSmoothing
        self.classWeights = classWeights
    }
}

/// How much an image of each class counts.
package enum ClassWeights: Hashable, Sendable {
    case equal
    /// Inversely to how often the class occurs: images / (classes · images of the class), scikit-learn's definition.
    case balanced
    /// One positive weight for each class, in the order of the class names.
    case given([Double])

    /// One weight for each class, or nil where all are equal.
    /// - Parameter training: the images that are trained on.
    package func weights(_ training: [Sample], classCount: Int) -> [Double]? {
        switch self {
        case .equal: nil
        case .given(let weights): weights
        case .balanced: balancedClassWeights(training, classCount: classCount).map { Double($0) }
        }
    }
}

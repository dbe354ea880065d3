import Datasets

/// A word of a recipe that bends the loss of a task.
package enum LossOption: Sendable, Hashable {
    case labelSmoothing, classWeights, positiveWeights
}

/// What bends the loss of a task.
package struct LossConfiguration: Hashable, Sendable {
    /// How much of each target is spread evenly over all classes, in `0..<1`.
    package var labelSmoothing: Double
    /// Where each image has one class.
    package var classWeights: ClassWeights
    /// How much it counts that an image is of a class, beside that another is not, where images may have several.
    package var positiveWeights: PositiveWeights

    package init(
        labelSmoothing: Double = 0, classWeights: ClassWeights = .equal, positiveWeights: PositiveWeights = .equal
    ) {
        self.labelSmoothing = labelSmoothing
        self.classWeights = classWeights
        self.positiveWeights = positiveWeights
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

/// How much it counts that an image is of a class: PyTorch's `pos_weight`.
package enum PositiveWeights: Hashable, Sendable {
    case equal
    /// Images without the class / images with it, so that both count the same.
    case balanced
    /// One positive weight for each class, in the order of the class names.
    case given([Double])

    /// One weight for each class, or nil where all are equal; 1 for a class that no image has, or all.
    /// - Parameter training: the images that are trained on.
    func weights(_ training: [Sample], classCount: Int) -> [Double]? {
        switch self {
        case .equal: return nil
        case .given(let weights): return weights
        case .balanced:
            return classCounts(training, classCount: classCount).map { count in
                count == 0 || count == training.count ? 1 : Double(training.count - count) / Double(count)
            }
        }
    }
}

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
    package var positiveWeights: ClassWeights

    package init(
        labelSmoothing: Double = 0, classWeights: ClassWeights = .equal, positiveWeights: ClassWeights = .equal
    ) {
        self.labelSmoothing = labelSmoothing
        self.classWeights = classWeights
        self.positiveWeights = positiveWeights
    }
}

/// How much each class counts.
package enum ClassWeights: Hashable, Sendable {
    case equal
    /// So that all count the same, however often they occur.
    case balanced
    /// One positive weight for each class, in the order of the class names.
    case given([Double])

    /// How much an image of each class counts, or nil where all count the same. Balanced it is images / (classes · images
    /// of the class), scikit-learn's definition.
    /// - Parameter training: the images that are trained on.
    package func weights(_ training: [Sample], classCount: Int) -> [Double]? {
        switch self {
        case .equal: nil
        case .given(let weights): weights
        case .balanced: balancedClassWeights(training, classCount: classCount).map { Double($0) }
        }
    }

    /// How much it counts that an image is of each class, beside that another is not, or nil where both count the same:
    /// PyTorch's `pos_weight`. Balanced it is images without the class / images with it, and 1 for a class that no image
    /// has, or all.
    /// - Parameter training: the images that are trained on.
    func positiveWeights(_ training: [Sample], classCount: Int) -> [Double]? {
        switch self {
        case .equal: nil
        case .given(let weights): weights
        case .balanced:
            classCounts(training, classCount: classCount).map { count in
                count == 0 || count == training.count ? 1 : Double(training.count - count) / Double(count)
            }
        }
    }
}

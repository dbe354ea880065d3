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
    ///
    /// - Parameter counts: how many training images each class has. A class without any keeps weight 1 if balanced.
    package func weights(counts: [Int]) -> [Double]? {
        switch self {
        case .equal: return nil
        case .given(let weights): return weights
        case .balanced:
            let total = Double(counts.reduce(0, +))
            return counts.map { $0 > 0 ? total / (Double(counts.count) * Double($0)) : 1 }
        }
    }
}

/// How many samples each class has; one of several classes counts for each.
package func classCounts(_ samples: [Sample], classCount: Int) -> [Int] {
    var counts = [Int](repeating: 0, count: classCount)
    for sample in samples { for label in sample.classes { counts[label] += 1 } }
    return counts
}

/// Weights that make every class count the same in a loss, `n / (classes · count)` for `n` samples: scikit-learn's
/// `balanced`. A class without samples weighs nothing.
///
/// - Returns: one weight per class; their mean over the samples is 1 where no class is empty.
package func balancedClassWeights(_ samples: [Sample], classCount: Int) -> [Float] {
    let counts = classCounts(samples, classCount: classCount)
    let total = counts.reduce(0, +)
    return counts.map { $0 == 0 ? 0 : Float(Double(total) / (Double(classCount) * Double($0))) }
}

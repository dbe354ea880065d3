import Foundation

/// How the learning rates of a stage change from step to step: a factor on each of them.
///
/// The factor is a pure function of the step, so that a resumed run goes on exactly where it was. After the warm-up, the
/// remaining steps are the whole of the schedule; `step` alone counts epochs from the beginning of the stage.
package struct ScheduleConfiguration: Hashable, Sendable {
    package enum Shape: Hashable, Sendable {
        case constant
        /// Multiplied by `factor` after every `epochs` epochs.
        case step(epochs: Int, factor: Double)
        /// Half a cosine from 1 down to `minimum` (Loshchilov and Hutter 2016, arXiv:1608.03983, without restarts).
        case cosine(minimum: Double = 0)
        /// Up from 1 / `initialDivisor` to 1 in the first `rise` of the steps, then down to
        /// 1 / (`initialDivisor` · `finalDivisor`), both along half a cosine: PyTorch's `OneCycleLR` with
        /// `pct_start`, `div_factor` and `final_div_factor`, momentum left alone.
        case oneCycle(rise: Double = 0.3, initialDivisor: Double = 25, finalDivisor: Double = 1e4)
    }

    package var shape: Shape
    /// How many epochs, fractions allowed, the factor takes to rise in equal steps to where `shape` begins.
    package var warmUpEpochs: Double

    package init(_ shape: Shape = .constant, warmUpEpochs: Double = 0) {
        self.shape = shape
        self.warmUpEpochs = warmUpEpochs
    }

    /// What the learning rates are multiplied by.
    ///
    /// - Parameters:
    ///   - step: the step within the stage, from 0.
    ///   - stepsPerEpoch: at least 1.
    ///   - epochs: of the stage.
    package func factor(step: Int, stepsPerEpoch: Int, epochs: Int) -> Double {
        let total = stepsPerEpoch * epochs
        let warmUp = min(Int((warmUpEpochs * Double(stepsPerEpoch)).rounded()), total)
        let later = shape.factor(
            step: max(step - warmUp, 0), of: total - warmUp, epoch: max(step, warmUp) / stepsPerEpoch)
        return step < warmUp ? later * Double(step + 1) / Double(warmUp) : later
    }
}

extension ScheduleConfiguration.Shape {
    /// - Parameters:
    ///   - step: after the warm-up.
    ///   - total: the number of steps after the warm-up.
    ///   - epoch: from the beginning of the stage.
    fileprivate func factor(step: Int, of total: Int, epoch: Int) -> Double {
        switch self {
        case .constant:
            return 1
        case .step(let epochs, let factor):
            return pow(factor, Double(epoch / max(epochs, 1)))
        case .cosine(let minimum):
            return halfCosine(from: 1, to: minimum, at: Double(step) / Double(max(total, 1)))
        case .oneCycle(let rise, let initialDivisor, let finalDivisor):
            let start = 1 / initialDivisor
            let peakStep = rise * Double(total) - 1
            let position = Double(step)
            if position < peakStep { return halfCosine(from: start, to: 1, at: position / peakStep) }
            let fall = Double(total - 1) - peakStep
            guard fall > 0 else { return 1 }
            return halfCosine(from: 1, to: start / finalDivisor, at: (position - peakStep) / fall)
        }
    }
}

/// The value `fraction` of the way along half a cosine period.
private func halfCosine(from start: Double, to end: Double, at fraction: Double) -> Double {
    end + (start - end) / 2 * (1 + cos(.pi * fraction))
}

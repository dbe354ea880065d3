import Inference
import Training

/// What a run tells while it goes on; called on the thread that runs it.
package protocol RunObserver: AnyObject {
    /// Something that a person should read, and that stands in the log.
    func tell(_ line: String)
    /// Where the run is; gone with the next one.
    func show(_ progress: RunProgress)
}

/// Where a run is.
package struct RunProgress: Sendable {
    /// What it does, such as `epoch 3/7 top` or `evaluating`.
    package var activity: String
    /// How much of the activity is done, 0...1; nil where nobody knows.
    package var fraction: Double?
    package var imagesPerSecond: Double?
    /// The mean loss and the accuracy of the epoch so far.
    package var loss: Double?
    package var accuracy: Double?
    /// Until the end of the whole run, as far as can be told.
    package var secondsLeft: Double?

    package init(
        activity: String, fraction: Double?, imagesPerSecond: Double? = nil, loss: Double? = nil,
        accuracy: Double? = nil, secondsLeft: Double? = nil
    ) {
        self.activity = activity
        self.fraction = fraction
        self.imagesPerSecond = imagesPerSecond
        self.loss = loss
        self.accuracy = accuracy
        self.secondsLeft = secondsLeft
    }
}

extension RunProgress {
    /// A pass over images.
    package init(activity: String, _ pass: PassProgress) {
        let speed = Double(pass.done) / max(pass.seconds, 1e-9)
        self.init(
            activity: pass.total == nil ? "\(activity) \(pass.done)" : activity,
            fraction: pass.total.map { Double(pass.done) / Double(max($0, 1)) }, imagesPerSecond: speed,
            secondsLeft: pass.total.map { Double($0 - pass.done) / max(speed, 1e-9) })
    }
}

/// Estimates how fast a run is and how long it takes still.
struct Pace {
    /// Seconds of a step, the newer ones counting more; nil before the second step of a stage.
    private var secondsPerStep: Double?
    private var secondsPerImage: Double?
    private var lastEnd: ContinuousClock.Instant?
    /// Seconds between the last step of an epoch and the first of the next: validation and saving.
    private var secondsPerPause: Double?
    private var pauseBegan: ContinuousClock.Instant?

    /// A new stage has a new pace.
    mutating func beginStage() { self = Pace() }

    mutating func stepEnded(_ step: StepProgress, at now: ContinuousClock.Instant = .now) {
        if let lastEnd, pauseBegan == nil {
            let seconds = lastEnd.duration(to: now) / .seconds(1)
            secondsPerStep = Self.blend(secondsPerStep, seconds)
            secondsPerImage = Self.blend(secondsPerImage, seconds / Double(max(step.images, 1)))
        }
        if let began = pauseBegan {
            secondsPerPause = max(began.duration(to: now) / .seconds(1) - (secondsPerStep ?? 0), 0)
            pauseBegan = nil
        }
        lastEnd = now
        if step.step == step.stepsPerEpoch { pauseBegan = now }
    }

    var imagesPerSecond: Double? { secondsPerImage.flatMap { $0 > 0 ? 1 / $0 : nil } }

    /// Seconds for all steps left and for the pauses after their epochs.
    func secondsLeft(after step: StepProgress) -> Double? {
        secondsPerStep.map { seconds in
            let epochs = Double(step.stepsLeft) / Double(max(step.stepsPerEpoch, 1))
            return Double(step.stepsLeft) * seconds + epochs.rounded(.up) * (secondsPerPause ?? 0)
        }
    }

    private static func blend(_ old: Double?, _ new: Double) -> Double { old.map { 0.9 * $0 + 0.1 * new } ?? new }
}

import Files
import Recipes

/// Shows a run: plain lines, and on a terminal one more that tells where it is.
final class RunDisplay: RunObserver {
    private let status = StatusLine()
    private var lastShown = ContinuousClock.now - .seconds(1)

    func tell(_ line: String) {
        status.clear()
        Console.say(line.legible + "\n")
    }

    func show(_ progress: RunProgress) {
        // More often than this nobody can read.
        let isEnd = progress.fraction.map { $0 >= 1 } ?? false
        guard Console.isTerminal, lastShown.duration(to: .now) > .milliseconds(100) || isEnd else { return }
        lastShown = .now
        status.show(progress.line)
    }

    /// Takes the status line away.
    func end() { status.clear() }
}

extension RunProgress {
    /// `epoch 3/7 top ━━━━━━──── 212 images/s  loss 0.5310  accuracy 0.8120  3 min 20 s left`.
    fileprivate var line: String {
        var parts = [fraction.map { "\(activity) \(progressBar($0, width: 20))" } ?? activity]
        if let imagesPerSecond { parts.append("\(Words.decimals(imagesPerSecond, 0)) images/s") }
        if let loss { parts.append("loss \(Words.decimals(loss, 4))") }
        if let accuracy { parts.append("accuracy \(Words.decimals(accuracy, 4))") }
        if let secondsLeft { parts.append("\(Words.duration(secondsLeft)) left") }
        return parts.joined(separator: "  ")
    }
}

/// One line at the bottom of a terminal that is written over again and again.
final class StatusLine {
    private var isShown = false

    /// Shows `text` in place of what stood there.
    func show(_ text: String) {
        Console.say("\r\u{1B}[K" + text.prefix(Console.width - 1))
        isShown = true
    }

    deinit { clear() }

    /// Takes the line away, so that other words can follow.
    func clear() {
        if isShown { Console.say("\r\u{1B}[K") }
        isShown = false
    }
}

/// `━━━━━─────`: how much is done.
func progressBar(_ fraction: Double, width: Int) -> String {
    let done = Int((min(max(fraction, 0), 1) * Double(width)).rounded())
    return String(repeating: "━", count: done) + String(repeating: "─", count: width - done)
}

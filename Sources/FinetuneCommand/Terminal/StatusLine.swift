import Files

/// One line at the bottom of a terminal that is written over again and again.
final class StatusLine {
    /// What takes the line away.
    static let erasure = "\r\u{1B}[K"
    private var isShown = false

    /// Shows `text` in place of what stood there.
    func show(_ text: String) {
        Console.draw(Self.erasure + text.legible.prefix(Console.width - 1))
        isShown = true
    }

    deinit { clear() }

    /// Takes the line away, so that other words can follow.
    func clear() {
        if isShown { Console.draw(Self.erasure) }
        isShown = false
    }
}

/// `━━━━━─────`: how much is done.
func progressBar(_ fraction: Double, width: Int) -> String {
    let done = Int((min(max(fraction, 0), 1) * Double(width)).rounded())
    return String(repeating: "━", count: done) + String(repeating: "─", count: width - done)
}

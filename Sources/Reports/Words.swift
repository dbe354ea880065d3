import Foundation

/// Numbers as people read them.
enum Words {
    /// `93.3 %`, not to be broken. Only a whole is 100.0 %, and only nothing 0.0 %.
    static func percent(_ fraction: Double) -> String {
        guard fraction.isFinite else { return "–" }
        var percent = (fraction * 1000).rounded() / 10
        if fraction < 1 { percent = min(percent, 99.9) }
        if fraction > 0 { percent = max(percent, 0.1) }
        return "\(decimals(percent, 1))\u{A0}%"
    }

    /// A number with a fixed number of decimals.
    static func decimals(_ value: Double, _ count: Int) -> String { String(format: "%.\(count)f", value) }

    /// A number with about three significant digits: `0.0153`, `1.2e-05`.
    static func short(_ value: Double) -> String { String(format: "%.3g", value) }

    /// `12,345`.
    static func grouped(_ value: Int) -> String {
        var groups: [Substring] = []
        var digits = Substring(String(value.magnitude))
        while digits.count > 3 {
            groups.append(digits.suffix(3))
            digits = digits.dropLast(3)
        }
        return (value < 0 ? "−" : "") + ([digits] + groups.reversed()).joined(separator: ",")
    }

    /// `2.4 s`, `3 min 05 s`, `1 h 02 min`.
    static func duration(_ seconds: Double) -> String {
        guard seconds.isFinite, seconds < 1e9 else { return "–" }
        if seconds < 59.95 { return "\(decimals(seconds, 1)) s" }
        let whole = Int(seconds.rounded())
        func padded(_ value: Int) -> String { value < 10 ? "0\(value)" : "\(value)" }
        if whole < 3600 { return "\(whole / 60) min \(padded(whole % 60)) s" }
        return "\(whole / 3600) h \(padded(whole % 3600 / 60)) min"
    }

    /// `15.6 GiB`.
    static func bytes(_ count: Int) -> String { "\(decimals(Double(count) / 0x1p30, 1)) GiB" }

    /// `1 image`, `2 images`.
    static func counted(_ count: Int, _ singular: String, _ plural: String? = nil) -> String {
        "\(grouped(count)) \(count == 1 ? singular : plural ?? singular + "s")"
    }
}

import Foundation

/// Numbers as people read them.
package enum Words {
    /// With so many digits behind the point.
    package static func decimals(_ number: Double, _ digits: Int) -> String {
        String(format: "%.\(digits)f", number)
    }

    /// With so many significant digits, of zeros at the end none.
    package static func significant(_ number: Double, _ digits: Int) -> String {
        String(format: "%.\(digits)g", number)
    }

    /// With about three significant digits, but whole from a thousand on: `0.0153`, `1.2e-05`, `12,346`.
    package static func short(_ number: Double) -> String {
        999.5..<1e15 ~= abs(number) ? grouped(Int(number.rounded())) : String(format: "%.3g", number)
    }

    /// `93.3 %`, not to be broken. Only a whole is 100.0 %, and only nothing 0.0 %.
    package static func percent(_ fraction: Double) -> String {
        guard fraction.isFinite else { return "–" }
        var percent = (fraction * 1000).rounded() / 10
        if fraction < 1 { percent = min(percent, 99.9) }
        if fraction > 0 { percent = max(percent, 0.1) }
        return "\(decimals(percent, 1))\u{A0}%"
    }

    /// `23,508,032`.
    package static func grouped(_ number: Int) -> String {
        var groups: [Substring] = []
        var digits = Substring(String(number.magnitude))
        while digits.count > 3 {
            groups.insert(digits.suffix(3), at: 0)
            digits = digits.dropLast(3)
        }
        return (number < 0 ? "-" : "") + ([digits] + groups).joined(separator: ",")
    }

    /// `1 epoch`, `5 epochs`.
    /// - Parameter plural: where it is more than the noun and an s.
    package static func counted(_ number: Int, _ noun: String, _ plural: String? = nil) -> String {
        "\(grouped(number)) \(number == 1 ? noun : plural ?? noun + "s")"
    }

    /// `7 s`, `3 min 20 s`, `2 h 5 min`.
    /// - Parameter digits: how many there are behind the point, below a minute.
    package static func duration(_ seconds: Double, _ digits: Int = 0) -> String {
        let seconds = seconds.isFinite ? min(max(seconds, 0), 1e9) : 0
        let shown = decimals(seconds, digits)
        if let rounded = Double(shown), rounded < 60 { return "\(shown) s" }
        let whole = Int(seconds.rounded())
        return whole < 3600
            ? "\(whole / 60) min \(whole % 60) s" : "\(whole / 3600) h \(whole / 60 % 60) min"
    }

    /// `1.5 MiB`.
    package static func bytes(_ count: Int) -> String {
        switch count {
        case ..<1024: "\(count) B"
        case ..<(1 << 20): "\(decimals(Double(count) / 1024, 1)) KiB"
        case ..<(1 << 30): "\(decimals(Double(count) / 0x1p20, 1)) MiB"
        default: "\(decimals(Double(count) / 0x1p30, 2)) GiB"
        }
    }
}

extension [String] {
    /// `a, b or c`.
    package func listed(_ conjunction: String) -> String {
        guard count > 1, let last else { return joined() }
        return "\(dropLast().joined(separator: ", ")) \(conjunction) \(last)"
    }

    /// The first few, separated by commas, and how many more there are.
    package func listed(most: Int) -> String {
        prefix(most).joined(separator: ", ") + (count > most ? " and \(count - most) more" : "")
    }
}

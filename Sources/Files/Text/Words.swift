import Foundation

/// Numbers as people read them.
package enum Words {
    /// With so many digits behind the point.
    package static func decimals(_ number: Double, _ digits: Int) -> String {
        String(format: "%.\(digits)f", number)
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
    package static func counted(_ number: Int, _ noun: String) -> String {
        "\(grouped(number)) \(noun)\(number == 1 ? "" : "s")"
    }

    /// `7 s`, `3 min 20 s`, `2 h 5 min`.
    package static func duration(_ seconds: Double) -> String {
        let seconds = seconds.isFinite ? Int(min(max(seconds, 0), 1e9).rounded()) : 0
        return switch seconds {
        case ..<60: "\(seconds) s"
        case ..<3600: "\(seconds / 60) min \(seconds % 60) s"
        default: "\(seconds / 3600) h \(seconds / 60 % 60) min"
        }
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

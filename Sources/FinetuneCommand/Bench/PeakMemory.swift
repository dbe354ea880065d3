import Foundation

/// The resident memory of this process.
enum PeakMemory {
    /// Starts a new measurement, where the system lets a process do so (see `proc(5)`, `clear_refs`); otherwise the peak
    /// goes on counting from the start of the process.
    static func reset() { try? Data("5".utf8).write(to: URL(fileURLWithPath: "/proc/self/clear_refs")) }

    /// In bytes.
    static var bytes: Int {
        if let bytes = status("VmHWM:") { return bytes }
        var usage = rusage()
        getrusage(__rusage_who_t(RUSAGE_SELF.rawValue), &usage)
        return usage.ru_maxrss << 10
    }

    /// What is resident now, in bytes; 0 where the system does not say.
    static var current: Int { status("VmRSS:") ?? 0 }

    private static func status(_ field: String) -> Int? {
        let text = (try? String(contentsOfFile: "/proc/self/status", encoding: .utf8)) ?? ""
        let line = text.split(separator: "\n").first { $0.hasPrefix(field) }
        return line?.split(whereSeparator: \.isWhitespace).dropFirst().first.flatMap { Int($0) }.map { $0 << 10 }
    }
}

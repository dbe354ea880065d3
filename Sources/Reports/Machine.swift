import Foundation

/// The computer that a run ran on.
package struct Machine: Sendable, Hashable {
    /// The processor's name, such as `Intel(R) Xeon(R) Platinum 8481C CPU @ 2.70GHz`.
    package var processor: String
    /// How many cores this process may use.
    package var cores: Int
    /// The main memory in bytes.
    package var memoryBytes: Int
    /// The operating system's name and version.
    package var system: String

    package init(processor: String, cores: Int, memoryBytes: Int, system: String) {
        self.processor = processor
        self.cores = cores
        self.memoryBytes = memoryBytes
        self.system = system
    }

    /// This computer.
    package static var current: Machine {
        let process = ProcessInfo.processInfo
        return Machine(
            processor: processorName ?? "unknown processor", cores: process.activeProcessorCount,
            memoryBytes: Int(process.physicalMemory), system: process.operatingSystemVersionString)
    }

    private static var processorName: String? {
        // Files of /proc have no size, so that they are read as streams.
        guard let text = try? String(contentsOfFile: "/proc/cpuinfo", encoding: .utf8) else { return nil }
        let line = text.split(separator: "\n").first { $0.hasPrefix("model name") }
        return line?.split(separator: ":", maxSplits: 1).last.map { $0.trimmingCharacters(in: .whitespaces) }
    }
}

import Foundation

/// How much memory this process may take without pushing others out, or being killed for it.
package struct AvailableMemory {
    private let proc: String
    private let controlGroups: String

    /// - Parameters:
    ///   - proc: where the kernel tells of the system and this process.
    ///   - controlGroups: where it tells of the limits of groups of processes, of either version.
    package init(proc: String = "/proc", controlGroups: String = "/sys/fs/cgroup") {
        self.proc = proc
        self.controlGroups = controlGroups
    }

    /// What Linux estimates to be available, or half of all memory where it does not say, and no more than what is left
    /// of the limits of the control groups that the process is in, as containers have them, and of its own, as `ulimit -v`
    /// sets it.
    package var byteCount: Int {
        max(([estimate, addressSpace].compactMap(\.self) + groups.compactMap(\.left)).min() ?? 0, 0)
    }

    private var estimate: Int {
        let line = lines("\(proc)/meminfo").first { $0.hasPrefix("MemAvailable:") }
        if let kibibytes = line?.split(separator: " ").dropFirst().first.flatMap({ Int($0) }) {
            return kibibytes << 10
        }
        return Int(ProcessInfo.processInfo.physicalMemory / 2)
    }

    /// What is left of the address space that the process may have; nil where it may have any.
    private var addressSpace: Int? {
        let name = "Max address space"
        guard let limit = lines("\(proc)/self/limits").first(where: { $0.hasPrefix(name) }),
            let bytes = limit.dropFirst(name.count).split(separator: " ").first.flatMap({ Int($0) }),
            let pages = lines("\(proc)/self/statm").first?.split(separator: " ").first.flatMap({ Int($0) })
        else { return nil }
        return bytes - pages * sysconf(Int32(_SC_PAGESIZE))
    }

    /// The files of a control group that tell of its memory.
    private struct Group {
        let limit, usage, statistics: String
        /// What of the usage is only a copy of files, and goes first.
        let reclaimable: String

        /// What is left of the limit; nil where there is none.
        var left: Int? {
            guard let limit = number(limit), let usage = number(usage) else { return nil }
            let line = lines(statistics).first { $0.hasPrefix("\(reclaimable) ") }
            let files = line?.split(separator: " ").last.flatMap { Int($0) } ?? 0
            return limit - max(usage - files, 0)
        }
    }

    /// The groups of the process and those that they are in: a limit holds for all below it.
    private var groups: [Group] {
        lines("\(proc)/self/cgroup").flatMap { line -> [Group] in
            let fields = line.split(separator: ":", maxSplits: 2, omittingEmptySubsequences: false)
            guard fields.count == 3 else { return [] }
            let isSecondVersion = fields[0] == "0" && fields[1].isEmpty
            guard isSecondVersion || fields[1].split(separator: ",").contains("memory") else { return [] }
            let root = isSecondVersion ? controlGroups : "\(controlGroups)/memory"
            return folders(from: fields[2]).map { folder in
                isSecondVersion
                    ? Group(
                        limit: "\(root)\(folder)/memory.max", usage: "\(root)\(folder)/memory.current",
                        statistics: "\(root)\(folder)/memory.stat", reclaimable: "inactive_file")
                    : Group(
                        limit: "\(root)\(folder)/memory.limit_in_bytes",
                        usage: "\(root)\(folder)/memory.usage_in_bytes",
                        statistics: "\(root)\(folder)/memory.stat", reclaimable: "total_inactive_file")
            }
        }
    }

    /// `/a/b`, `/a` and ``, which in a container is its own.
    private func folders(from path: Substring) -> [String] {
        let parts = path.split(separator: "/")
        return (0...parts.count).map { count in parts.prefix(count).map { "/\($0)" }.joined() }
    }
}

/// Nil for a file that is missing or holds a word, such as `max`.
private func number(_ path: String) -> Int? { lines(path).first.flatMap { Int($0) } }

private func lines(_ path: String) -> [Substring] {
    ((try? String(contentsOfFile: path, encoding: .utf8)) ?? "").split(separator: "\n")
}

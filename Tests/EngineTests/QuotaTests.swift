import Foundation
import Kernels
import TestSupport
import Testing

/// A system that tells in files how much of its processors a process may use.
@Suite struct QuotaTests {
    private let folder: TemporaryDirectory

    init() throws { folder = try TemporaryDirectory() }

    private func write(_ text: String, _ name: String) throws {
        let url = URL(fileURLWithPath: folder.file(name))
        try FileManager.default.createDirectory(at: url.deletingLastPathComponent(), withIntermediateDirectories: true)
        try Data(text.utf8).write(to: url)
    }

    private var processors: Int? {
        let count = processors_of_quotas(folder.file("proc"), folder.file("groups"))
        return count == .max ? nil : Int(count)
    }

    @Test func withoutGroupsThereIsNone() throws {
        #expect(processors == nil)
        try write("0::/\n", "proc/self/cgroup")
        #expect(processors == nil)
        try write("no group\n\n:\n::\n", "proc/self/cgroup")
        #expect(processors == nil)
    }

    /// The smallest of the group and those that it is in, rounded up.
    @Test func secondVersion() throws {
        try write("0::/user/session\n", "proc/self/cgroup")
        try write("max 100000\n", "groups/user/session/cpu.max")
        #expect(processors == nil)
        try write("650000 100000\n", "groups/user/session/cpu.max")
        #expect(processors == 7)
        try write("20000 10000\n", "groups/user/cpu.max")
        #expect(processors == 2)
        try write("1 100000\n", "groups/cpu.max")
        #expect(processors == 1)
        for damaged in ["", "x\n", "0 100000\n", "100000 0\n", "-1 -1\n", "9223372036854775807 1\n"] {
            try write(damaged, "groups/cpu.max")
            #expect(processors == 2, "\(damaged)")
        }
    }

    @Test func firstVersion() throws {
        try write("4:cpuset,memory:/other\n3:cpuacct,cpu:/docker/ab\n", "proc/self/cgroup")
        try write("-1\n", "groups/cpu/docker/ab/cpu.cfs_quota_us")
        try write("100000\n", "groups/cpu/docker/ab/cpu.cfs_period_us")
        #expect(processors == nil)
        // A container sees its own group as the root.
        try write("150000\n", "groups/cpu/cpu.cfs_quota_us")
        try write("100000\n", "groups/cpu/cpu.cfs_period_us")
        #expect(processors == 2)
        // Another controller's group says nothing.
        try write("1000\n", "groups/cpu/other/cpu.cfs_quota_us")
        try write("100000\n", "groups/cpu/other/cpu.cfs_period_us")
        #expect(processors == 2)
    }
}

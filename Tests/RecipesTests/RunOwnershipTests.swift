import Files
import Foundation
import Recipes
import TestSupport
import Testing
import Training

@Suite struct RunOwnershipTests {
    private let folder: TemporaryDirectory
    private var run: RunFolder { RunFolder(path: folder.path) }

    init() throws { folder = try TemporaryDirectory() }

    @Test func oneRunFolderHasOneOwner() throws {
        do {
            let ownership = try RunOwnership(of: run)
            let error = #expect(throws: RunFolderError.self) { try RunOwnership(of: run) }
            #expect(error?.kind == .failure)
            #expect(
                error?.description
                    == "\(folder.path): process \(getpid()) is at work in this run: wait for its end, or interrupt it")
            withExtendedLifetime(ownership) {}
        }
        _ = try RunOwnership(of: run)
        #expect(try FileManager.default.contentsOfDirectory(atPath: folder.path) == ["log.txt"])
    }

    @Test func whatAKilledRunLeftIsClearedAway() throws {
        for name in ["checkpoint.h5", "checkpoint.h5.unfinished", "report.html.unfinished", "notes.txt"] {
            try Data("x".utf8).write(to: URL(fileURLWithPath: folder.file(name)))
        }
        _ = try RunOwnership(of: run)
        #expect(
            try FileManager.default.contentsOfDirectory(atPath: folder.path).sorted()
                == ["checkpoint.h5", "log.txt", "notes.txt"])
    }

    @Test func aRunThatHadSavedNothingCanBeginAnew() throws {
        try Data().write(to: URL(fileURLWithPath: run.recipe))
        #expect(try RunFolder(resuming: folder.path) == run)
        // With its report it is over, and what it made must not be written over.
        try Data().write(to: URL(fileURLWithPath: folder.file("report.json")))
        let error = #expect(throws: RunFolderError.self) { try RunFolder(resuming: folder.path) }
        #expect(error?.description == "\(folder.path): cannot be resumed: it has no checkpoint.h5")
        #expect(error?.kind == .usage)
        try Data().write(to: URL(fileURLWithPath: run.checkpoint))
        #expect(try RunFolder(resuming: folder.path) == run)
    }

    @Test(arguments: ["", "new", "new/and/deeper"]) func placesForFoldersAreFound(_ name: String) throws {
        try RunFolder.check(name.isEmpty ? folder.path : folder.file(name))
        #expect(!FileManager.default.fileExists(atPath: folder.file("new")))
    }

    @Test func placesForFoldersAreRefused() throws {
        try Data().write(to: URL(fileURLWithPath: folder.file("file")))
        for place in ["/dev/null", "/dev/null/runs", folder.file("file"), folder.file("file/runs")] {
            let error = #expect(throws: RunFolderError.self) { try RunFolder.check(place) }
            #expect(error?.kind == .usage)
            #expect(error?.description.hasPrefix("\(place): this folder cannot be made: Not a directory") == true)
        }
        #expect(throws: RunFolderError.self) { try RunFolder.check(folder.file(String(repeating: "x", count: 300))) }
    }
}

/// A system that tells of its memory in files.
@Suite struct AvailableMemoryTests {
    private let folder: TemporaryDirectory

    init() throws {
        folder = try TemporaryDirectory()
        try write("MemTotal:       16384 kB\nMemFree:        1024 kB\nMemAvailable:    8192 kB\n", "proc/meminfo")
    }

    private func write(_ text: String, _ name: String) throws {
        let url = URL(fileURLWithPath: folder.file(name))
        try FileManager.default.createDirectory(at: url.deletingLastPathComponent(), withIntermediateDirectories: true)
        try Data(text.utf8).write(to: url)
    }

    private var bytes: Int {
        AvailableMemory(proc: folder.file("proc"), controlGroups: folder.file("groups")).byteCount
    }

    private func limit(_ group: String, _ limit: String, usage: Int, files: Int) throws {
        try write(limit + "\n", "groups\(group)/memory.max")
        try write("\(usage)\n", "groups\(group)/memory.current")
        try write("anon 5\ninactive_file \(files)\nactive_file 7\n", "groups\(group)/memory.stat")
    }

    @Test func withoutGroupsTheSystemsEstimateCounts() { #expect(bytes == 8192 << 10) }

    @Test func limitsOfGroupsCount() throws {
        try write("0::/user/session\n", "proc/self/cgroup")
        #expect(bytes == 8192 << 10)
        try limit("/user/session", "max", usage: 1 << 20, files: 0)
        #expect(bytes == 8192 << 10)
        try limit("/user/session", "\(4 << 20)", usage: 3 << 20, files: 1 << 19)
        #expect(bytes == (1 << 20) + (1 << 19))
        // A limit holds for the groups below it.
        try limit("/user", "\(4 << 20)", usage: (4 << 20) - 100, files: 20)
        #expect(bytes == 120)
        try limit("", "1000", usage: 2000, files: 0)
        #expect(bytes == 0)
    }

    /// As `ulimit -v` sets it.
    @Test func theLimitOfTheProcessCounts() throws {
        func limit(_ soft: String) throws {
            try write(
                "Limit          Soft Limit   Hard Limit   Units\nMax stack size   8388608   unlimited   bytes\n"
                    + "Max address space         \(soft)            unlimited            bytes     \n",
                "proc/self/limits")
        }
        try write("500 300 200 100 0 20 0\n", "proc/self/statm")
        try limit("unlimited")
        #expect(bytes == 8192 << 10)
        try limit("4000000")
        #expect(bytes == 4_000_000 - 500 * sysconf(Int32(_SC_PAGESIZE)))
    }

    @Test func limitsOfTheFirstVersionCount() throws {
        try write("5:cpu:/docker/ab\n4:pids,memory:/docker/ab\n", "proc/self/cgroup")
        // A container sees its own group as the root.
        try write("3000000\n", "groups/memory/memory.limit_in_bytes")
        try write("1000000\n", "groups/memory/memory.usage_in_bytes")
        try write("total_inactive_file 500\n", "groups/memory/memory.stat")
        #expect(bytes == 2_000_500)
        // No limit is a very large one, and numbers that are told one after the other need not fit each other.
        try write("\(Int.max - 4095)\n", "groups/memory/memory.limit_in_bytes")
        try write("total_inactive_file 2000000\n", "groups/memory/memory.stat")
        #expect(bytes == 8192 << 10)
    }
}

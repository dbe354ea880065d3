import Foundation
import TestSupport
import Testing

/// The program with fewer instruction sets than the processor has: it computes the same, or says what it lacks.
@Suite struct InstructionSetTests {
    private let folder: TemporaryDirectory

    init() throws { folder = try smallData() }

    private func run(_ arguments: [String], cappedTo cap: String, threads: Int? = nil) throws -> Tool.Outcome {
        var environment = ["ONEDNN_MAX_CPU_ISA": cap]
        if let threads { environment["OMP_NUM_THREADS"] = "\(threads)" }
        return try Tool.start(arguments, in: folder.path, environment: environment).outcome()
    }

    private func features(_ cap: String, batch: Int = 5, threads: Int? = nil) throws -> [[String]] {
        let outcome = try run(
            [
                "features", "--data", "data/test", "--weights", "\(packageRoot)/Weights/cifar10-resnet20.h5",
                "--architecture", "resnet20", "--precision", "f32", "--batch", "\(batch)", "--output", "f.csv",
            ], cappedTo: cap, threads: threads)
        #expect(outcome.exitCode == 0, "\(cap): \(outcome.words)")
        let table = try String(contentsOfFile: folder.file("f.csv"), encoding: .utf8)
        try FileManager.default.removeItem(atPath: folder.file("f.csv"))
        return table.split(separator: "\n").map { $0.split(separator: ",").map(String.init) }
    }

    @Test(arguments: ["SSE41", "AVX", "AVX2", "AVX512_CORE"]) func everySetComesToTheSame(_ cap: String) throws {
        let (all, capped) = (try features("ALL"), try features(cap))
        #expect(all.count > 2 && all.map { $0[0] } == capped.map { $0[0] })
        for (all, capped) in zip(all.dropFirst(), capped.dropFirst()) {
            let (firsts, seconds) = (all.compactMap { Float($0) }, capped.compactMap { Float($0) })
            #expect(firsts.count == 64 && seconds.count == 64)
            for (first, second) in zip(firsts, seconds) {
                #expect(abs(first - second) <= 1e-4 * max(1, abs(first)))
            }
        }
        #expect(try features(cap, batch: 1, threads: 1) == capped)
    }

    @Test(arguments: ["bf16", "int8"]) func whatIsLackingIsNamed(_ precision: String) throws {
        let outcome = try run(
            ["bench", "--architecture", "resnet20", "--case", "forward", "--precision", precision], cappedTo: "AVX2")
        #expect(outcome.exitCode == 2)
        #expect(outcome.words.hasPrefix("error: this processor cannot compute in \(precision)"), "\(outcome.words)")
    }
}

import Engine
import Files
import Foundation
import Networks
import Recipes

private let architecture = Option<Architecture>.choice(
    "--architecture", "A", "which network; `finetune list` names them", of: Architecture.catalogue
).required
private let imageSize = Option.integer("--image-size", 8...4096, "side of the images (default: the published one)")
private let batch = Option.integer("--batch", 1...4096, "images in a step", default: 16)
private let precision = Option<PrecisionChoice>.choice(
    "--precision", "auto|f32|bf16|int8", "arithmetic; int8 is of the frozen part", of: PrecisionChoice.allCases,
    default: .auto)
private let workload = Option<Benchmark.Case>.choice(
    "--case", "forward|head|layer4|full",
    "inference, or training of the head, of the last stage and the head, of all (default: each of them)",
    of: Benchmark.Case.allCases
).repeated
private let batchNorm = Option<BatchNormMode>.choice(
    "--batch-norm", "frozen|adapt", "statistics in trained stages", of: BatchNormMode.allCases, default: .frozen)
private let cached = Option.flag("--cached", "take what the frozen part yields from memory, as later epochs do")
private let repeats = Option.integer("--repeat", 1...10_000, "timed steps, of which the median counts", default: 7)
private let json = Option.flag("--json", "print one JSON object a line")
private let profile = Option.flag("--profile", "tell how long each part of a step takes")

let benchCommand = Command(
    name: "bench", summary: "Measure the speed of a network on random images",
    discussion: """
        A training step is forward, loss, backward and SGD with momentum. With --cached it begins behind the frozen part.
        """,
    options: [
        architecture.declaration, imageSize.declaration, batch.declaration, precision.declaration,
        workload.declaration, batchNorm.declaration, cached.declaration, repeats.declaration, json.declaration,
        profile.declaration,
    ]
) { arguments in
    let network = arguments.value(architecture)
    let chosen = arguments.all(workload)
    if !arguments.has(json) { try Console.put(BenchmarkTable.header) }
    for workload in chosen.isEmpty ? Benchmark.Case.allCases : chosen {
        let benchmark = Benchmark(
            architecture: network, workload: workload, precision: arguments.value(precision),
            batch: arguments.value(batch), imageSize: arguments[imageSize] ?? network.publishedImageSize,
            batchNorm: arguments.value(batchNorm), isCached: arguments.has(cached), repeats: arguments.value(repeats))
        let figures = try benchmark.run(isProfiled: arguments.has(profile))
        try Console.put(
            arguments.has(json) ? BenchmarkTable.json(benchmark, figures) : BenchmarkTable.row(benchmark, figures))
        if let profile = figures.profile, !arguments.has(json) {
            try Console.put(profile.steps.table(profile.roofline))
        }
    }
}

/// How figures are printed.
private enum BenchmarkTable {
    private static let columns = [
        ("architecture", 12), ("case", 8), ("precision", 9), ("batch", 5), ("size", 5), ("images/s", 9), ("ms/step", 9),
        ("peak MiB", 9),
    ]

    static let header = line(columns.map(\.0))

    static func row(_ benchmark: Benchmark, _ figures: Benchmark.Figures) -> String {
        line([
            benchmark.architecture.rawValue, benchmark.workload.rawValue, benchmark.precisionName,
            "\(benchmark.batch)", "\(benchmark.imageSize)", Words.decimals(benchmark.imagesPerSecond(figures), 1),
            Words.decimals(1000 * figures.secondsPerStep, 1), "\(figures.peakMemoryBytes >> 20)",
        ])
    }

    static func json(_ benchmark: Benchmark, _ figures: Benchmark.Figures) -> String {
        var members = [
            JSON.Member(key: "architecture", value: .string(benchmark.architecture.rawValue)),
            JSON.Member(key: "case", value: .string(benchmark.workload.rawValue)),
            JSON.Member(key: "precision", value: .string(benchmark.precisionName)),
            JSON.Member(key: "batch", value: .integer(benchmark.batch)),
            JSON.Member(key: "image_size", value: .integer(benchmark.imageSize)),
            JSON.Member(key: "images_per_second", value: .number(benchmark.imagesPerSecond(figures))),
            JSON.Member(key: "seconds_per_step", value: .number(figures.secondsPerStep)),
            JSON.Member(key: "peak_memory_bytes", value: .integer(figures.peakMemoryBytes)),
        ]
        if let (steps, roofline) = figures.profile {
            members.append(.init(key: "profile", value: steps.json(roofline)))
        }
        return JSON.object(members).compactText + "\n"
    }

    private static func line(_ cells: [String]) -> String {
        zip(cells, columns).enumerated().map { index, cell in
            cell.0.padded(to: cell.1.1, index < 3 ? .leading : .trailing)
        }.joined(separator: "  ") + "\n"
    }
}

extension [StepProfile] {
    /// The parts of a step, the slowest first.
    fileprivate func table(_ roofline: Roofline) -> String {
        var table = TextTable([
            ("ms", .trailing), ("%", .trailing), ("GFLOP/s", .trailing), ("GB/s", .trailing),
            ("of possible", .trailing),
            ("part", .leading),
        ])
        let total = reduce(0) { $0 + $1.seconds }
        for step in sorted(by: { $0.seconds > $1.seconds }) {
            let perSecond = 1e-9 / step.seconds
            table.add([
                Words.decimals(1000 * step.seconds, 3), Words.decimals(100 * step.seconds / total, 1),
                step.multiplyAdds > 0 ? Words.decimals(2 * Double(step.multiplyAdds) * perSecond, 0) : "",
                Words.decimals(Double(step.byteCount) * perSecond, 1),
                "\(Words.decimals(100 * roofline.share(step), 0)) %",
                step.name,
            ])
        }
        let possible = reduce(0) { $0 + roofline.share($1) * $1.seconds }
        let peak = 2e-9 * roofline.multiplyAddsPerSecond
        return """
            \(table.lines.joined(separator: "\n"))
            possible: \(Words.decimals(peak, 0)) GFLOP/s in a matrix product, \
            \(Words.decimals(1e-9 * roofline.bytesPerSecond, 1)) GB/s from and to memory; \
            all parts together come to \(Words.decimals(100 * possible / total, 0)) % of it

            """
    }

    fileprivate func json(_ roofline: Roofline) -> JSON {
        .array(
            map {
                [
                    "part": .string($0.name), "seconds": .number($0.seconds),
                    "flops": .integer(2 * $0.multiplyAdds), "bytes": .integer($0.byteCount),
                    "roofline_share": .number(roofline.share($0)),
                ]
            })
    }
}

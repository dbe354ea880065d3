import Engine
import Evaluation
import Foundation
import Networks
import Recipes

private let architecture = Option<Architecture>.choice(
    "--architecture", "A", "which network; `finetune list` names them", of: Architecture.allCases
).required
private let imageSize = Option.integer("--image-size", 8...4096, "side of the images (default: the published one)")
private let batch = Option.integer("--batch", 1...4096, "images in a step", default: 16)
private let precision = Option<PrecisionChoice>.choice(
    "--precision", "auto|f32|bf16", "arithmetic", of: PrecisionChoice.allCases, default: .auto)
private let workload = Option<Benchmark.Case>.choice(
    "--case", "forward|head|layer4|full",
    "inference, or training of the head, of the last stage and the head, of all (default: each of them)",
    of: Benchmark.Case.allCases
).repeated
private let batchNorm = Option<BatchNormMode>.choice(
    "--batch-norm", "frozen|adapt", "statistics in trained stages", of: BatchNormMode.allCases, default: .frozen)
private let repeats = Option.integer("--repeat", 1...10_000, "timed steps, of which the median counts", default: 7)
private let json = Option.flag("--json", "print one JSON object a line")
private let profile = Option.flag("--profile", "tell how long each part of a step takes")

let benchCommand = Command(
    name: "bench", summary: "Measure the speed of a network on random images",
    discussion: "A training step is forward, loss, backward and SGD with momentum.",
    options: [
        architecture.declaration, imageSize.declaration, batch.declaration, precision.declaration,
        workload.declaration, batchNorm.declaration, repeats.declaration, json.declaration, profile.declaration,
    ]
) { arguments in
    Interruption.catchSignals()
    let network = arguments.value(architecture)
    let chosen = arguments.all(workload)
    if !arguments.has(json) { Console.print(BenchmarkTable.header) }
    for workload in chosen.isEmpty ? Benchmark.Case.allCases : chosen {
        let benchmark = Benchmark(
            architecture: network, workload: workload, precision: arguments.value(precision).precision,
            batch: arguments.value(batch), imageSize: arguments[imageSize] ?? network.publishedImageSize,
            batchNorm: arguments.value(batchNorm), repeats: arguments.value(repeats))
        let figures = try benchmark.run(
            isProfiled: arguments.has(profile), shouldStop: { Interruption.isRequested })
        Console.print(
            arguments.has(json) ? BenchmarkTable.json(benchmark, figures) : BenchmarkTable.row(benchmark, figures))
        if arguments.has(profile) { Console.say(BenchmarkTable.profile(figures)) }
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
            benchmark.architecture.rawValue, benchmark.workload.rawValue, benchmark.precision.rawValue,
            "\(benchmark.batch)", "\(benchmark.imageSize)", Words.decimals(benchmark.imagesPerSecond(figures), 1),
            Words.decimals(1000 * figures.secondsPerStep, 1), "\(figures.peakMemoryBytes >> 20)",
        ])
    }

    static func json(_ benchmark: Benchmark, _ figures: Benchmark.Figures) -> String {
        let object: JSON = [
            "architecture": .string(benchmark.architecture.rawValue),
            "case": .string(benchmark.workload.rawValue),
            "precision": .string(benchmark.precision.rawValue),
            "batch": .integer(benchmark.batch),
            "image_size": .integer(benchmark.imageSize),
            "images_per_second": .number(benchmark.imagesPerSecond(figures)),
            "seconds_per_step": .number(figures.secondsPerStep),
            "peak_memory_bytes": .integer(figures.peakMemoryBytes),
        ]
        return object.compactText + "\n"
    }

    /// The parts of a step, the slowest first.
    static func profile(_ figures: Benchmark.Figures) -> String {
        let total = figures.profile.reduce(0) { $0 + $1.seconds }
        return figures.profile.sorted { $0.seconds > $1.seconds }.map {
            "\(Words.decimals(1000 * $0.seconds, 3).padded(to: 10, .trailing)) ms \(Words.decimals(100 * $0.seconds / total, 1).padded(to: 5, .trailing)) %  "
                + "\($0.name)\n"
        }.joined()
    }

    private static func line(_ cells: [String]) -> String {
        zip(cells, columns).enumerated().map { index, cell in
            cell.0.padded(to: cell.1.1, index < 3 ? .leading : .trailing)
        }.joined(separator: "  ") + "\n"
    }
}

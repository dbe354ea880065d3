// Judges made-up predictions for very many classes, and tells what the files of a report cost in time and memory:
// `ManyClasses FOLDER [CLASSES IMAGES]`. As they are, the numbers are those of a test set like iNaturalist's.

import Foundation
import Inference
import Metrics
import Reports
import Tasks
import Tensors

let arguments = CommandLine.arguments
guard arguments.count > 1 else {
    print("usage: ManyClasses FOLDER [CLASSES IMAGES]")
    exit(2)
}
let sizes = arguments.dropFirst(2).compactMap(Int.init)
try judge(classCount: sizes.first ?? 10_000, imageCount: sizes.dropFirst().first ?? 100_000, in: arguments[1])

/// Tells how long parts of the work take.
struct Stopwatch {
    private var total = 0.0

    mutating func measure(_ name: String, _ body: () throws -> Void) rethrows {
        let start = ContinuousClock.now
        try body()
        let seconds = start.duration(to: .now) / .seconds(1)
        total += seconds
        print("\(name): \(String(format: "%.1f s, %.1f", seconds, total)) s in all")
    }
}

/// A classifier that is right in most cases, with varying certainty.
struct MadeUpClassifier {
    let classCount: Int
    private var random = RandomStream(seed: 1, purpose: .resampling)
    /// Logits of unrelated classes, of which each image takes another stretch.
    private let noise: [Float]

    init(classCount: Int) {
        self.classCount = classCount
        var random = RandomStream(seed: 2, purpose: .resampling)
        noise = (0..<2 * classCount).map { _ in Float(2 * random.normal()) }
    }

    mutating func prediction(of image: Int) -> Prediction {
        let label = image % classCount
        let start = Int(random.next() % UInt64(classCount))
        var logits = Array(noise[start..<start + classCount])
        logits[label] += Float(8 + 3 * random.normal())
        return Prediction(file: "\(label)/\(image).jpg", label: label, logits: logits, temperature: 1.2)
    }
}

func judge(classCount: Int, imageCount: Int, in folder: String) throws {
    print("\(imageCount) images of \(classCount) classes")
    var (stopwatch, classifier) = (Stopwatch(), MadeUpClassifier(classCount: classCount))
    let classNames = (0..<classCount).map { "species \($0)" }
    var tally = ClassificationTally(classCount: classCount)
    var judged: [JudgedImage] = []
    try stopwatch.measure("predictions") {
        let table = try PredictionTable(folder + "/predictions.csv", classNames: classNames)
        for image in 0..<imageCount {
            let prediction = classifier.prediction(of: image)
            let label = image % classCount
            tally.add(prediction)
            judged.append(
                JudgedImage(
                    file: prediction.file, content: .file(prediction.file), actual: label,
                    actualProbability: prediction.probabilities[label], predicted: prediction.predicted,
                    probability: prediction.probability))
            try table.write(prediction)
        }
        try table.finish()
    }
    try stopwatch.measure("figures, report and confusion matrix") {
        var report = RunReport(
            name: "species",
            model: .init(
                architecture: "resnet50", parameterCount: 0, imageSize: 224, resize: "crop", preprocessing: "torch",
                precision: "f32"),
            classNames: classNames,
            result: ClassificationResult(
                JudgedPass(role: "test", folder: "species", seconds: 0), tally: tally, judged: judged))
        try report.addGalleries()
        try report.write(to: folder)
    }
    var usage = rusage()
    getrusage(__rusage_who_t(RUSAGE_SELF.rawValue), &usage)
    print("peak memory: \(usage.ru_maxrss >> 10) MiB")
}

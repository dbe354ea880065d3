// Judges made-up predictions for very many classes, and tells what the files of a report cost in time and memory.
//
//     ManyClasses FOLDER [CLASSES IMAGES]
//
// The default is what a test set like iNaturalist's has: 100,000 images of 10,000 classes.

import Evaluation
import Foundation
import Tensors

guard CommandLine.arguments.count > 1 else {
    print("usage: ManyClasses FOLDER [CLASSES IMAGES]")
    exit(2)
}
let folder = CommandLine.arguments[1]
let sizes = CommandLine.arguments.dropFirst(2).compactMap(Int.init)
let classCount = sizes.first ?? 10_000
let imageCount = sizes.dropFirst().first ?? 100_000

let clock = ContinuousClock()
var seconds: [(name: String, seconds: Double)] = []
@MainActor
func measured<Value>(_ name: String, _ body: () throws -> Value) rethrows -> Value {
    let start = clock.now
    defer { seconds.append((name, start.duration(to: clock.now) / .seconds(1))) }
    return try body()
}

/// Logits of unrelated classes, from which each image takes another stretch.
var random = RandomStream(seed: 1, purpose: .resampling)
let noise = (0..<2 * classCount).map { _ in Float(2 * random.normal()) }

/// What a classifier might say of an image of class `label`: mostly that, with varying certainty.
@MainActor
func prediction(of image: Int) -> Prediction {
    let label = image % classCount
    let start = Int(random.next() % UInt64(classCount))
    var logits = Array(noise[start..<start + classCount])
    logits[label] += Float(8 + 3 * random.normal())
    return Prediction(file: "\(label)/\(image).jpg", label: label, logits: logits, temperature: 1.2)
}

let classNames = (0..<classCount).map { "species \($0)" }
var tally = ClassificationTally(classCount: classCount)
var judged: [JudgedImage] = []
try measured("predictions.csv") {
    let table = try PredictionTable(folder + "/predictions.csv", classNames: classNames)
    for image in 0..<imageCount {
        let prediction = prediction(of: image)
        let label = image % classCount
        tally.add(prediction)
        judged.append(
            JudgedImage(
                file: prediction.file, path: prediction.file, actual: label,
                actualProbability: prediction.probabilities[label], predicted: prediction.predicted,
                probability: prediction.probability))
        try table.write(prediction)
    }
    try table.finish()
}
let result = measured("figures and intervals") {
    EvaluationResult(role: "test", folder: "species", tally: tally, judged: judged, seconds: 0)
}
try measured("report and confusion matrix") {
    var report = RunReport(
        name: "species",
        model: .init(
            architecture: "resnet50", parameterCount: 0, imageSize: 224, resize: "crop", preprocessing: "torch",
            precision: "f32"),
        classNames: classNames, result: result)
    try report.addGalleries()
    try report.write(to: folder)
}

var usage = rusage()
getrusage(__rusage_who_t(RUSAGE_SELF.rawValue), &usage)
print("\(imageCount) images of \(classCount) classes")
for (name, seconds) in seconds { print("\(name): \(String(format: "%.1f", seconds)) s") }
print("in all: \(String(format: "%.1f", seconds.reduce(0) { $0 + $1.seconds })) s")
print("peak memory: \(usage.ru_maxrss >> 10) MiB")

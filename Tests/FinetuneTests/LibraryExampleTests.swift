import Finetune
import Foundation
import Images
import TestSupport
import Testing

@Suite struct LibraryExampleTests {
    /// Dark and bright noise: two classes that a few steps tell apart.
    private func makeImages(in folder: TemporaryDirectory) throws {
        for part in ["train", "test"] {
            for (name, level) in [("bright", 200), ("dark", 50)] {
                let path = folder.file("data/\(part)/\(name)")
                try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
                for index in 0..<24 {
                    let pixels = (0..<32 * 32 * 3).map { UInt8(level + ($0 &* 7 &+ index &* 31) % 40) }
                    let image = Image(width: 32, height: 32, pixels: pixels)
                    try Data(image.pngData()).write(to: URL(fileURLWithPath: "\(path)/\(index).png"))
                }
            }
        }
    }

    private func makeRecipe(in folder: TemporaryDirectory) throws -> String {
        let recipe = """
            name: shades
            model: {architecture: resnet20, weights: \(packageRoot)/Weights/cifar10-resnet20.h5}
            data: {train: \(folder.file("data/train")), validation: 0.25, test: \(folder.file("data/test")), image_size: 32}
            stages: [{name: all, train: [all], epochs: 3, lr: 1e-3}]
            batch_size: 8
            output: \(folder.file("runs"))
            """
        let path = folder.file("shades.yaml")
        try recipe.write(toFile: path, atomically: true, encoding: .utf8)
        return path
    }

    @Test func theReadmeShowsTheExample() throws {
        let example = try String(contentsOfFile: "\(packageRoot)/Tests/LibraryExample/main.swift", encoding: .utf8)
        let readme = try String(contentsOfFile: "\(packageRoot)/README.md", encoding: .utf8)
        #expect(readme.contains("```swift\n\(example)```"))
    }

    @Test func theExampleTrainsAndNamesAnImage() throws {
        let folder = try TemporaryDirectory()
        try makeImages(in: folder)
        let image = folder.file("data/test/bright/3.png")
        let process = Process()
        process.executableURL = URL(fileURLWithPath: Bundle.main.executablePath ?? CommandLine.arguments[0])
            .deletingLastPathComponent().appendingPathComponent("LibraryExample")
        process.arguments = [try makeRecipe(in: folder), image]
        let pipe = Pipe()
        process.standardOutput = pipe
        try process.run()
        let output = String(decoding: try pipe.fileHandleForReading.readToEnd() ?? Data(), as: UTF8.self)
        process.waitUntilExit()
        #expect(process.terminationStatus == 0)
        #expect(output.contains("accuracy "))
        #expect(output.contains("\(image): bright ("))
    }

    @Test func aClassifierTellsClassesAndFeatures() throws {
        let classifier = try Classifier(contentsOf: "\(packageRoot)/Weights/cifar10-resnet20.h5", batchSize: 2)
        #expect(classifier.classNames.count == 10)
        #expect(classifier.classNames.first == "airplane")
        let folder = try TemporaryDirectory()
        try makeImages(in: folder)
        let images = (0..<3).map { folder.file("data/test/dark/\($0).png") }
        let answers = try classifier.classify(images)
        #expect(answers.count == 3)
        for answer in answers {
            #expect(abs(answer.probabilities.reduce(0, +) - 1) < 1e-9)
            #expect(answer.probability == answer.probabilities.max())
            #expect(classifier.classNames.contains(answer.label))
        }
        #expect(try classifier.features(of: images).map(\.count) == [64, 64, 64])
        #expect(throws: (any Error).self) { try classifier.classify([folder.file("missing.png")]) }
    }
}

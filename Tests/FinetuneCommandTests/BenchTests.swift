import Foundation
import Testing

@Suite struct BenchTests {
    private struct Line: Decodable {
        let architecture: String
        let `case`: String
        let precision: String
        let batch: Int
        let imageSize: Int
        let imagesPerSecond: Double
        let secondsPerStep: Double
        let peakMemoryBytes: Int
    }

    @Test func oneObjectALineWithExactlyTheseKeys() throws {
        let outcome = try Tool.run(
            "bench", "--architecture", "resnet20", "--batch", "2", "--repeat", "1", "--precision", "f32", "--json",
            "--case", "layer4", "--case", "forward")
        #expect(outcome.exitCode == 0)
        #expect(outcome.words.isEmpty)
        let lines = outcome.output.split(separator: "\n")
        #expect(lines.count == 2)
        for (text, workload) in zip(lines, ["layer4", "forward"]) {
            let data = Data(text.utf8)
            let keys = try #require(try JSONSerialization.jsonObject(with: data) as? [String: Any]).keys
            #expect(
                keys.sorted() == [
                    "architecture", "batch", "case", "image_size", "images_per_second", "peak_memory_bytes",
                    "precision",
                    "seconds_per_step",
                ])
            let decoder = JSONDecoder()
            decoder.keyDecodingStrategy = .convertFromSnakeCase
            let line = try decoder.decode(Line.self, from: data)
            #expect((line.architecture, line.case, line.precision) == ("resnet20", workload, "f32"))
            #expect((line.batch, line.imageSize) == (2, 32))
            #expect(abs(line.imagesPerSecond * line.secondsPerStep - 2) < 1e-6)
            #expect(line.peakMemoryBytes > 1 << 20)
        }
    }

    @Test func cachedStepsBeginBehindTheFrozenPart() throws {
        let outcome = try Tool.run(
            "bench", "--architecture", "resnet20", "--batch", "2", "--repeat", "1", "--precision", "f32", "--cached",
            "--case", "layer4", "--case", "full", "--profile")
        #expect(outcome.exitCode == 0)
        let parts = outcome.output.components(separatedBy: "resnet20      full")
        try #require(parts.count == 2)
        #expect(parts[0].contains("layer3.block1.conv1") && !parts[0].contains("layer2.block3"))
        #expect(parts[1].contains("stem.conv"))
    }

    @Test func theProfileNamesEveryPart() throws {
        func profile(_ format: String) throws -> String {
            try Tool.run(
                "bench", "--architecture", "resnet20", "--batch", "2", "--repeat", "2", "--precision", "f32", "--case",
                "head", "--profile", format
            ).output
        }
        let table = try profile("--batch-norm=frozen")
        for words in ["GFLOP/s", "layer3.block3.conv2", "head.linear weight gradient", "possible: "] {
            #expect(table.contains(words))
        }
        let object = try JSONSerialization.jsonObject(with: Data(try profile("--json").utf8)) as? [String: Any]
        let parts = try #require(object?["profile"] as? [[String: Any]])
        let convolution = try #require(parts.first { $0["part"] as? String == "layer1.block1.conv1" })
        // 16 to 16 channels, 3×3, on two images of 32×32; input, output, weights and biases of 4 bytes.
        let (values, weights) = (2 * 32 * 32 * 16, 16 * 16 * 9)
        #expect(convolution["flops"] as? Int == 2 * values * 16 * 9)
        #expect(convolution["bytes"] as? Int == 4 * (2 * values + weights + 16))
        #expect((convolution["seconds"] as? Double ?? 0) > 0)
        #expect((convolution["roofline_share"] as? Double ?? 0) > 0)
    }

    @Test func imagesTooSmallAreNamed() throws {
        let outcome = try Tool.run("bench", "--architecture", "vgg16", "--image-size", "16", "--case", "forward")
        #expect(outcome.exitCode == 2)
        #expect(outcome.words.hasPrefix("error: vgg16 cannot take images of 16×16"))
    }
}

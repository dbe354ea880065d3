import Files
import Foundation
import Images
import Inference
import Reports
import SceneSupport
import Tasks
import Tensors
import TestSupport
import Testing

@Suite struct GalleryTests {
    /// Images of `classCount` classes, half of them wrong; the confidence rises with the index.
    private func judged(_ count: Int, classCount: Int = 3, path: (Int) -> String = { "gone/\($0).png" })
        -> [JudgedImage]
    {
        (0..<count).map { index in
            let isWrong = index % 2 == 1
            let actual = index % classCount
            let probability = 0.4 + 0.5 * Double(index) / Double(count)
            return JudgedImage(
                file: "c\(actual)/\(index).png", content: .file(path(index)), actual: actual,
                actualProbability: isWrong ? 0.3 : probability,
                predicted: isWrong ? (actual + 1) % classCount : actual, probability: probability)
        }
    }

    private func files(_ galleries: [Gallery], _ kind: Gallery.Kind) -> [String] {
        galleries.first { $0.kind == kind }?.images.map(\.file) ?? []
    }

    @Test func mistakesBeginWithTheSurest() {
        let galleries = [Gallery](judged(100))
        let mistakes = files(galleries, .worstMistakes)
        #expect(mistakes.count == 24)
        #expect(mistakes.prefix(3) == ["c0/99.png", "c1/97.png", "c2/95.png"])
        let doubts = files(galleries, .leastCertain)
        #expect(doubts.count == 24)
        #expect(doubts.prefix(3) == ["c0/0.png", "c1/1.png", "c2/2.png"])
    }

    @Test func examplesGoFromTheBestToTheLeast() {
        let examples = [Gallery](judged(30)).first { $0.kind == .examples }?.images ?? []
        #expect(examples.map(\.group) == [0, 0, 0, 0, 1, 1, 1, 1, 2, 2, 2, 2])
        #expect(examples[0].file == "c0/24.png", "the right one with the highest probability")
        #expect(!examples[3].isCorrect)
        #expect(files([Gallery](judged(2)), .examples) == ["c0/0.png", "c1/1.png"], "classes of one image")
    }

    /// To Unicode the two names are equal.
    @Test func namesThatDifferInBytesHaveTheirOwnPictures() throws {
        let folder = try TemporaryDirectory()
        let paths = ["caf\u{E9}.png", "cafe\u{301}.png"].map { folder.file($0) }
        for (index, path) in paths.enumerated() { try OutputFile.write(Scene.noise(index).pngData(), to: path) }
        var galleries = [Gallery](judged(2, path: { paths[$0] }))
        galleries.addThumbnails()
        let images = galleries.first { $0.kind == .leastCertain }?.images ?? []
        let thumbnails = images.compactMap(\.thumbnail)
        #expect(thumbnails.count == 2 && Set(thumbnails).count == 2)
    }

    @Test func manyClassesShowTheWorst() {
        // Odd classes are wrong, so that their recall is 0.
        let examples = [Gallery](judged(80, classCount: 80)).first { $0.kind == .examples }?.images ?? []
        #expect(examples.map(\.group) == (0..<30).map { 2 * $0 + 1 })
    }

    @Test func nothingToShow() {
        #expect([Gallery]([]).isEmpty)
        let right = judged(9).filter { $0.actual == $0.predicted }
        #expect([Gallery](right).map(\.kind) == [.leastCertain, .examples])
    }

    @Test func thumbnailsAreSmallAndGoneFilesKeepTheirNames() throws {
        let folder = try TemporaryDirectory()
        let picture = noise(width: 300, height: 90, seed: 1)
        try Data(picture.pngData()).write(to: URL(fileURLWithPath: folder.file("0.png")))
        try Data("no picture".utf8).write(to: URL(fileURLWithPath: folder.file("1.png")))
        var galleries = [Gallery](judged(3) { folder.file("\($0).png") })
        galleries.addThumbnails()
        let images = galleries.first { $0.kind == .leastCertain }?.images ?? []
        #expect(images.map { $0.thumbnail != nil } == [true, false, false])
        let thumbnail = try Image(decoding: try #require(images[0].thumbnail), name: "thumbnail")
        #expect(thumbnail.width == 112 && thumbnail.height == 34)

        var report = ReportSamples.evaluation(classNames: ["a", "b", "c"])
        report.galleries = galleries
        #expect(report.html.contains("<img src=\"data:image/jpeg;base64,/9j/"))
        #expect(report.html.contains("<code>c2/2.png</code>"))
        let json = try JSONSerialization.jsonObject(with: Data(report.json.text.utf8)) as? [String: Any]
        let listed = try #require((json?["galleries"] as? [String: Any])?["least_certain"] as? [[String: Any]])
        #expect(listed.map { $0["file"] as? String } == ["c0/0.png", "c1/1.png", "c2/2.png"])
        #expect(listed[1]["actual"] as? String == "b" && listed[1]["predicted"] as? String == "c")
    }

    @Test func smallPicturesKeepTheirSize() throws {
        let bytes = try #require(Thumbnail.jpeg(of: noise(width: 1, height: 2, seed: 2)))
        let thumbnail = try Image(decoding: bytes, name: "thumbnail")
        #expect(thumbnail.width == 1 && thumbnail.height == 2)
        let strip = try Image(
            decoding: try #require(Thumbnail.jpeg(of: noise(width: 1, height: 900, seed: 2))), name: "")
        #expect(strip.width == 1 && strip.height == 112)
    }

    /// Noise is what JPEG packs worst.
    @Test func threeThousandImagesStayBelowFiveMegabytes() throws {
        let folder = try TemporaryDirectory()
        for index in 0..<40 {
            let bytes = try noise(width: 160, height: 150, seed: index).pngData()
            try Data(bytes).write(to: URL(fileURLWithPath: folder.file("\(index).png")))
        }
        let names = (0..<60).map { "a class with a name of some length \($0)" }
        var report = ReportSamples.evaluation(classNames: names, images: 3000)
        report.classification.judged = judged(3000, classCount: 60) { folder.file("\($0 % 40).png") }
        try report.addGalleries()
        #expect(report.galleries.map(\.images.count) == [24, 24, 120])
        #expect(report.galleries.allSatisfy { $0.images.allSatisfy { $0.thumbnail != nil } })
        for gallery in report.galleries.indices {
            for image in report.galleries[gallery].images.indices {
                report.galleries[gallery].images[image].overlay = report.galleries[gallery].images[image].thumbnail
            }
        }
        #expect(report.html.utf8.count < 5_000_000, "\(report.html.utf8.count) bytes")
    }

    @Test func overlaysStandBesideThumbnails() {
        var report = ReportSamples.evaluation(classNames: ["a", "b", "c"])
        report.galleries = [Gallery](judged(4))
        report.galleries[0].images[0].thumbnail = [1, 2, 3]
        report.galleries[0].images[0].overlay = [4, 5, 6]
        let html = report.html
        #expect(html.contains("<ul class=\"gallery pairs\">"))
        #expect(
            html.contains(
                """
                <div class="pictures"><img src="data:image/jpeg;base64,AQID" alt="Image of a">\
                <img src="data:image/jpeg;base64,BAUG" alt="What b was seen in"></div>
                """))
    }

    private func noise(width: Int, height: Int, seed: Int) -> Image {
        var random = RandomStream(seed: UInt64(seed), purpose: .resampling)
        return Image(
            width: width, height: height,
            pixels: (0..<3 * width * height).map { _ in UInt8(truncatingIfNeeded: random.nextWord()) })
    }
}

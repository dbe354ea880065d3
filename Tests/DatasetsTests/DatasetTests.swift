import Datasets
import Files
import Foundation
import Images
import Testing

@Suite struct DatasetTests {
    let tree: DataTree

    init() throws { tree = try DataTree() }

    /// Two classes of different images, none of them in another part.
    private func lay(_ part: String, count: Int = 10, from first: Int) throws {
        for i in 0..<count {
            try tree.writeImage("\(part)/a/\(i).png", number: first + i)
            try tree.writeImage("\(part)/b/\(i).png", number: first + 100 + i)
        }
    }

    @Test func partsShareOneClassMap() throws {
        try lay("train", from: 0)
        try lay("test", count: 2, from: 200)
        let dataset = try Dataset(
            train: tree.path("train"), validation: .fraction(0.2), test: tree.path("test"), seed: 1)
        #expect(dataset.classNames == ["a", "b"])
        #expect(DatasetRole.allCases.map { dataset[$0].count } == [16, 4, 4])
        #expect(dataset[.test].map(\.label) == [0, 0, 1, 1])
        #expect(dataset.audit.groups.isEmpty)
        #expect(dataset.audit.warnings.isEmpty)
        try tree.makeFolder("other")
        try tree.writeImage("other/a/1.png", number: 500)
        try tree.writeImage("other/B/1.png", number: 501)
        let error = #expect(throws: DatasetError.self) {
            try Dataset(train: tree.path("train"), validation: .source(tree.path("other")), seed: 1)
        }
        #expect(
            error?.description.hasPrefix("\(tree.path("other")): its classes are not those of \(tree.path("train"))")
                == true)
    }

    @Test func copiesDoNotLeakThroughAFractionalSplit() throws {
        try lay("train", from: 0)
        for i in 0..<10 { try tree.writeImage("train/a/copy \(i).png", number: i) }
        for seed in 0..<10 as Range<UInt64> {
            let dataset = try Dataset(train: tree.path("train"), validation: .fraction(0.3), seed: seed)
            #expect(dataset.audit.groups.count == 10)
            #expect(dataset.audit.leaks.isEmpty)
        }
    }

    @Test func theAuditFindsLeaksContradictionsAndCopies() throws {
        try lay("train", from: 0)
        try lay("test", count: 3, from: 200)
        try tree.writeImage("test/a/leak.png", number: 3)
        try tree.writeImage("train/b/contradiction.png", number: 4)
        try tree.writeImage("train/b/copy.png", number: 105)
        let dataset = try Dataset(train: tree.path("train"), test: tree.path("test"), seed: 1)
        let audit = dataset.audit
        #expect(audit.groups.count == 3)
        #expect(audit.leaks.count == 1)
        #expect(audit.leaks[0].copies.map(\.role) == [.training, .test])
        #expect(audit.leaks[0].copies.map(\.name) == ["a/3.png", "a/leak.png"])
        #expect(audit.leaks[0].copies.map(\.label) == ["a", "a"])
        #expect(audit.contradictions.map { $0.copies.map(\.name) } == [["a/4.png", "b/contradiction.png"]])
        #expect(
            audit.warnings == [
                "1 image lies in more than one part, such as train/a/3.png, test/a/leak.png",
                "1 image has more than one label, such as train/a/4.png, train/b/contradiction.png",
                "1 image is repeated within its class, such as train/b/5.png, train/b/copy.png",
            ])
        #expect(DataSummary(dataset).warnings == audit.warnings)
    }

    @Test func filesOfTheSameSizeAreNotIdentical() throws {
        try tree.write("a/1.jpg", [1, 2, 3, 4, 5, 6, 7, 8, 9])
        try tree.write("a/2.jpg", [1, 2, 3, 4, 5, 6, 7, 8, 8])
        try tree.write("b/3.jpg", [1, 2, 3, 4, 5, 6, 7, 8, 9])
        try tree.write("b/4.jpg", [1, 2, 3, 4, 5, 6, 7, 8])
        try tree.touch(["b/5.jpg", "b/6.jpg"])
        #expect(IdenticalFiles.groups(try ImageSet(scanning: tree.path).samples) == [[0, 2], [4, 5]])
    }

    @Test func theSplitTableIsCSV() throws {
        try tree.touch(["train/a/1.jpg", "train/b, c/say \"x\".jpg", "test/a/2.jpg", "test/b, c/new\nline.jpg"])
        let dataset = try Dataset(train: tree.path("train"), test: tree.path("test"), seed: 0)
        #expect(
            dataset.splitTable == """
                filename,label,split
                a/1.jpg,a,train
                "b, c/say ""x"".jpg","b, c",train
                a/2.jpg,a,test
                "b, c/new\nline.jpg","b, c",test

                """)
    }

    @Test func aSurveyFindsSizesAndBadImages() throws {
        try lay("train", from: 0)
        try tree.writeImage("train/a/wide.png", number: 50, width: 40, height: 20)
        try tree.writeImage("train/a/x.png", number: 51)
        let whole = try Data(contentsOf: URL(fileURLWithPath: tree.path("train/a/x.png")))
        try tree.write("train/a/x.png", Array(whole.prefix(whole.count / 2)))
        try tree.write("train/b/empty.jpg")
        try tree.write("train/b/text.png", Array("hello".utf8))
        try tree.touch(["train/b/.hidden"])
        var dataset = try Dataset(train: tree.path("train"), seed: 0)
        let cache = ImageCache(budgetBytes: 5 * 72)
        let error = #expect(throws: DatasetError.self) { try dataset.survey(.fail) }
        #expect(error?.description.contains("3 images cannot be read:\n  \(tree.path("train/a/x.png")): ") == true)
        #expect(dataset[.training].count == 24)
        let survey = try dataset.survey(.skip, cache: cache)
        #expect(cache.byteCount == 5 * 72)
        #expect(survey.bad.map(\.path) == ["a/x.png", "b/empty.jpg", "b/text.png"].map { tree.path("train/\($0)") })
        #expect(survey.bad.allSatisfy { !$0.reason.isEmpty && !$0.reason.contains(tree.path) })
        #expect(dataset[.training].count == 21)
        let summary = DataSummary(dataset, survey: survey)
        #expect(summary.parts.map(\.role) == [.training])
        #expect(summary.parts.map(\.images) == [21])
        #expect(summary.parts.map(\.imagesPerClass) == [[11, 10]])
        #expect(summary.widths == .init([6, 6, 40]))
        #expect(summary.heights == .init([4, 4, 20]))
        #expect(summary.parts[0].badImages == survey.bad)
        #expect(summary.parts[0].ignored.count == 1)
        #expect(try JSONDecoder().decode(DataSummary.self, from: JSONEncoder().encode(summary)) == summary)
    }

    @Test func aClassWithoutReadableImagesIsAnError() throws {
        try lay("train", count: 2, from: 0)
        try tree.write("train/c/1.jpg", [1])
        var dataset = try Dataset(train: tree.path("train"), seed: 0)
        let images = "training images in \(tree.path("train"))"
        #expect(throws: DatasetError.noReadableImages(images: images, classes: ["c"])) { try dataset.survey(.skip) }
    }

    @Test(arguments: ["validation", "test"])
    func aPartOrAClassOfItThatCannotBeReadIsAnError(_ part: String) throws {
        try lay("train", count: 4, from: 0)
        try lay(part, count: 2, from: 50)
        func dataset() throws -> Dataset {
            try Dataset(
                train: tree.path("train"), validation: part == "test" ? .none : .source(tree.path(part)),
                test: part == "test" ? tree.path(part) : nil, seed: 0)
        }
        var whole = try dataset()
        _ = try whole.survey(.skip)
        #expect(whole.losses.isEmpty)
        for name in whole[part == "test" ? .test : .validation].filter({ $0.label == 1 }).map(\.name) {
            try tree.write("\(part)/\(name)", [0x89, 0x50])
        }
        var withoutOne = try dataset()
        let images = "\(part) images in \(tree.path(part))"
        #expect(throws: DatasetError.noReadableImages(images: images, classes: ["b"])) { try withoutOne.survey(.skip) }
        for name in whole[part == "test" ? .test : .validation].map(\.name) {
            try tree.write("\(part)/\(name)", [0x89, 0x50])
        }
        var withoutAny = try dataset()
        let error = #expect(throws: DatasetError.self) { try withoutAny.survey(.skip) }
        #expect(error == .noReadableImages(images: images, classes: ["a", "b"]))
        #expect(error?.kind == .data)
    }

    @Test func moreThanATwentiethIsAWarning() throws {
        try lay("train", count: 20, from: 0)
        let names = try Dataset(train: tree.path("train"), seed: 0)[.training].filter { $0.label == 0 }.map(\.name)
        try tree.write("train/\(names[0])", [1])
        var dataset = try Dataset(train: tree.path("train"), seed: 0)
        _ = try dataset.survey(.skip)
        #expect(dataset.losses.isEmpty, "a twentieth is not more than a twentieth")
        try tree.write("train/\(names[1])", [1])
        dataset = try Dataset(train: tree.path("train"), seed: 0)
        _ = try dataset.survey(.skip)
        let warning =
            "more than a twentieth of the training images in \(tree.path("train")) cannot be read in 1 class: 2 of 20 of “a”"
        #expect(dataset.losses == [warning])
        #expect(DataSummary(dataset).warnings.first == warning)
    }

    @Test func aTestFolderMayLackClassesAndSaysSo() throws {
        try lay("train", count: 4, from: 0)
        try tree.writeImage("test/b/1.png", number: 99)
        let dataset = try Dataset(train: tree.path("train"), test: tree.path("test"), seed: 0)
        #expect(dataset[.test].map(\.label) == [1])
        #expect(dataset.losses == ["\(tree.path("test")): no images of 1 of 2 classes: “a”"])
    }

    /// What is decoded at a fraction of its size is reported, and cached, as what it is.
    @Test func sizesAreThoseOfTheFiles() throws {
        for (name, side) in [("a/1.jpg", 300), ("a/2.jpg", 90), ("b/1.jpg", 120), ("b/2.jpg", 40)] {
            let image = Image(width: 2 * side, height: side, filledWith: RGB(UInt8(side / 2), 80, 20))
            try tree.write("train/\(name)", image.jpegData())
        }
        var dataset = try Dataset(train: tree.path("train"), seed: 1)
        let cache = ImageCache(budgetBytes: 1 << 20, minimumSide: 60)
        let survey = try dataset.survey(.skip, cache: cache)
        #expect(survey.sizes.map(\.width) == [600, 180, 240, 80])
        #expect(survey.sizes.map(\.height) == [300, 90, 120, 40])
        #expect(cache.byteCount == 3 * 2 * (75 * 75 + 90 * 90 + 60 * 60 + 40 * 40))
        #expect(try cache.image(.file(tree.path("train/a/1.jpg"))).width == 150)
    }

    @Test func aSurveyCanBeCancelled() throws {
        try lay("train", from: 0)
        var dataset = try Dataset(train: tree.path("train"), seed: 0)
        #expect(throws: CancellationError.self) { try dataset.survey(.skip) { $0 < 5 } }
    }

    @Test func spreadsAreSmallestMiddleLargest() {
        #expect(DataSummary.Spread([]) == nil)
        let spread = DataSummary.Spread([9, 1, 5, 7])
        #expect(spread?.minimum == 1 && spread?.median == 5 && spread?.maximum == 9)
    }
}

import Archives
import Files
import Foundation
import Images
import TestSupport
import Testing

/// Tables and arrays where commands take folders.
@Suite struct TableCommandTests {
    private let folder: TemporaryDirectory
    private let classes = ["blue", "green", "red"]

    init() throws {
        folder = try smallData()
        try Data(Self.model.get()).write(to: URL(fileURLWithPath: folder.file("model.h5")))
    }

    /// A model that tells the classes apart, so that the order of answers shows.
    private static let model = Result {
        let folder = try smallData()
        let outcome = try Tool.run(
            "--recipe", "small.yaml", "--set", "stages.1.epochs=6", "--set", "probe=false", in: folder.path)
        #expect(outcome.exitCode == 0, "\(outcome.words)")
        return try Data(contentsOf: URL(fileURLWithPath: folder.file("runs/small-1/model.h5")))
    }

    private func run(_ words: String...) throws -> Tool.Outcome {
        try Tool.start(words + ["--model", "model.h5", "--precision", "f32"], in: folder.path).outcome()
    }

    private func write(_ name: String, _ text: String) throws {
        try Data(text.utf8).write(to: URL(fileURLWithPath: folder.file(name)))
    }

    private func bytes(_ name: String) throws -> Data { try Data(contentsOf: URL(fileURLWithPath: folder.file(name))) }

    private func exists(_ name: String) -> Bool { FileManager.default.fileExists(atPath: folder.file(name)) }

    /// The images of a part, with their classes, in an order that is neither that of names nor of classes.
    private func images(_ part: String, of count: Int = 4) -> [(path: String, label: String)] {
        (0..<3 * count).map { ($0 * 7 + 5) % (3 * count) }.map { index in
            let label = classes[index / count]
            return ("data/\(part)/\(label)/\(index % count).png", label)
        }
    }

    private func paths(_ part: String, of count: Int = 4) -> String {
        "file,label\n" + images(part, of: count).map { "\($0.path),\($0.label)\n" }.joined()
    }

    private func pixels(_ path: String) throws -> [UInt8] { try Image(contentsOf: folder.file(path)).pixels }

    /// A row for each image of a part: its class, and its 16×16 pixels, red, green and blue of each.
    private func rows(_ part: String) throws -> String {
        let header = ["label"] + (0..<768).map { "pixel\($0)" }
        let rows = try images(part).map { image in [image.label] + (try pixels(image.path)).map { String($0) } }
        return ([header] + rows).map { CSV.line($0) }.joined()
    }

    private func writeArrays(_ name: String, _ parts: [(part: String, words: (images: String, labels: String))]) throws
    {
        let zip = try ZipFile(folder.file(name))
        func add(_ name: String, _ file: [UInt8]) throws {
            try zip.add(name + ".npy", byteCount: file.count) { try file.withUnsafeBytes($0) }
        }
        for (part, words) in parts {
            let images = images(part)
            let labels = images.flatMap { image -> [UInt8] in
                Array(image.label.utf8) + Array(repeating: 0, count: 5 - image.label.utf8.count)
            }
            try add(words.images, npyFile("|u1", [images.count, 16, 16, 3], images.flatMap { try pixels($0.path) }))
            try add(words.labels, npyFile("|S5", [images.count], labels))
        }
        try zip.finish()
    }

    // MARK: - Labels

    @Test func evaluationOfATableIsThatOfTheFolders() throws {
        try write("test.csv", paths("test"))
        let folders = try run("evaluate", "--data", "data/test", "--output", "folders")
        let table = try run("evaluate", "--data", "test.csv", "--output", "table")
        #expect(folders.exitCode == 0 && table.exitCode == 0, "\(table.words)")
        for name in ["predictions.csv", "confusion_matrix.csv"] {
            #expect(try bytes("table/\(name)") == bytes("folders/\(name)"))
        }
        func metrics(_ name: String) throws -> [JSON] {
            let report = try JSON(parsing: String(contentsOfFile: folder.file("\(name)/report.json"), encoding: .utf8))
            return try ["accuracy", "log_loss", "macro_f1", "confidence_intervals"].map { try #require(report[$0]) }
        }
        #expect(try metrics("table") == metrics("folders"))
    }

    @Test func evaluationOfPixelsIsThatOfTheFolders() throws {
        try write("test.csv", rows("test"))
        try writeArrays("all.npz", [("train", ("x_train", "y_train")), ("test", ("x_test", "y_test"))])
        let judged = [
            try run("evaluate", "--data", "data/test", "--output", "a"),
            try run("evaluate", "--data", "test.csv", "--pixels", "16x16x3", "--output", "b"),
            try run("evaluate", "--data", "all.npz", "--output", "c"),
        ]
        #expect(judged.allSatisfy { $0.exitCode == 0 }, "\(judged.map(\.words))")
        for name in ["b", "c"] {
            #expect(try bytes("\(name)/confusion_matrix.csv") == bytes("a/confusion_matrix.csv"))
            let own = try String(decoding: bytes("\(name)/predictions.csv"), as: UTF8.self).split(separator: "\n")
            let all = try String(decoding: bytes("a/predictions.csv"), as: UTF8.self).split(separator: "\n")
            let numbers = { (line: Substring) in line.split(separator: ",").dropFirst().joined(separator: ",") }
            #expect(own[1].hasPrefix("row 1,"))
            let expected = images("test").compactMap { image in
                all.first { $0.hasPrefix(image.path.dropFirst("data/test/".count)) }.map(numbers)
            }
            #expect(own.dropFirst().map(numbers) == expected && expected.count == 12)
        }
        let training = try run("evaluate", "--data", "all.npz", "--part", "train", "--output", "d")
        #expect(training.words.contains("12 images in "), "\(training.words)")
    }

    @Test func featuresOfATableAreThoseOfTheFolders() throws {
        try write("labelled.csv", paths("test"))
        let folders = try run("features", "--data", "data/test", "--output", "folders.csv")
        let table = try run("features", "--data", "labelled.csv", "--output", "table.csv")
        #expect(folders.exitCode == 0 && table.exitCode == 0, "\(table.words)")
        #expect(try bytes("table.csv") == bytes("folders.csv"))
        // Without labels, or with one alone, in the table's order.
        try write("some.tsv", "image\tkind\ndata/test/red/1.png\tx\ndata/test/blue/0.png\tx\n")
        #expect(try run("features", "--data", "some.tsv", "--output", "some.csv").exitCode == 0)
        let lines = try String(decoding: bytes("some.csv"), as: UTF8.self).split(separator: "\n")
        #expect(lines.count == 3)
        let known = try String(decoding: bytes("folders.csv"), as: UTF8.self).split(separator: "\n")
        let numbers = { (line: Substring?) in line?.split(separator: ",").suffix(64).joined() }
        #expect(
            numbers(lines.first { $0.contains("blue/0.png") }) == numbers(known.first { $0.contains("blue/0.png") }))
    }

    @Test func probesTakeSeveralLabelsAnImage() throws {
        let rows = images("train", of: 8).enumerated().map { index, image in
            "\(image.path),\(image.label)\(index % 3 == 0 ? ";every third" : "")\n"
        }
        try write("many.csv", "file,labels\n" + rows.joined())
        let outcome = try run("probe", "--data", "many.csv", "--task", "multi_label", "--labels", "doubtful.csv")
        #expect(outcome.exitCode == 0, "\(outcome.words)")
        #expect(outcome.words.contains("24 images of 4 classes, "))
        let lines = outcome.output.split(separator: "\n").map { $0.split(separator: "\t") }
        #expect(lines.map(\.first) == ["the frequency of each class", lines[1].first, "logistic regression"])
        #expect(lines.allSatisfy { $0.count == 4 })
        let doubtful = try String(contentsOfFile: folder.file("doubtful.csv"), encoding: .utf8)
        #expect(doubtful.hasPrefix("filename,label,label_probability,suggested,suggested_probability\n"))
        let one = try run("probe", "--data", "many.csv")
        #expect(one.exitCode == 0 && one.words.contains("24 images of 6 classes, "), "\(one.words)")
    }

    @Test func probesOfTablesAreThoseOfFolders() throws {
        try write("train.csv", paths("train", of: 8))
        try write("test.csv", paths("test"))
        let folders = try run("probe", "--data", "data/train", "--test", "data/test")
        let tables = try run("probe", "--data", "train.csv", "--test", "test.csv")
        #expect(folders.exitCode == 0 && tables.output == folders.output && !folders.output.isEmpty, "\(tables.words)")
        #expect(try run("probe", "--data", "data/train", "--test", "test.csv").output == folders.output)
        // What is said of columns holds for both.
        for (name, table) in [("train", paths("train", of: 8)), ("test", paths("test"))] {
            let rows = table.split(separator: "\n").dropFirst().enumerated().map { "\($0.element),\($0.offset)" }
            try write("\(name).csv", "where,kind,label\n" + rows.joined(separator: "\n"))
        }
        let told = try run(
            "probe", "--data", "train.csv", "--test", "test.csv", "--path-column", "where", "--label-column", "kind")
        #expect(told.output == folders.output, "\(told.words)")
    }

    @Test func nearestImagesAreFoundInTables() throws {
        try write(
            "list.csv",
            "data/train/where,kind\n" + paths("train", of: 8).split(separator: "\n").dropFirst().joined(separator: "\n")
        )
        let image = "data/test/red/0.png"
        let folders = try run("visualize", "--image", image, "--nearest", "data/train", "--output", "a.png")
        let table = try run(
            "visualize", "--image", image, "--nearest", "list.csv", "--path-column", "data/train/where",
            "--label-column", "kind", "--output", "b.png")
        #expect(folders.exitCode == 0 && table.exitCode == 0, "\(table.words)")
        #expect(table.output == folders.output && folders.output.contains("\tred\t"))
        #expect(try bytes("a.png") == bytes("b.png"))
    }

    /// A model of several labels takes tables of them wherever labels are told.
    @Test func severalLabelsAreTold() throws {
        let many = images("train", of: 8).enumerated().map {
            (path: $1.path, labels: $0 % 3 == 0 ? [$1.label, "x"] : [$1.label])
        }
        try write(
            "many.csv", "file,labels\n" + many.map { "\($0.path),\($0.labels.joined(separator: ";"))\n" }.joined())
        let training = try Tool.run(
            "--recipe", "small.yaml", "--set", "task=multi_label", "--set", "data.train=many.csv", "--set",
            "probe=false", in: folder.path)
        #expect(training.exitCode == 0, "\(training.words)")
        func told(_ words: String...) throws -> Tool.Outcome {
            try Tool.start(words + ["--model", "runs/small-1"], in: folder.path).outcome()
        }
        let rows = [("red/0", ["red", "x"]), ("blue/1", []), ("green/2", ["green"])]
        let columns = ["blue", "green", "red", "x"]
        let tables = [
            "file,labels\n" + rows.map { "data/test/\($0).png,\($1.joined(separator: ";"))\n" }.joined(),
            "file,\(columns.joined(separator: ","))\n"
                + rows.map { row in
                    "data/test/\(row.0).png,\(columns.map { row.1.contains($0) ? "1" : "0" }.joined(separator: ","))\n"
                }.joined(),
        ]
        for table in tables {
            try write("some.csv", table)
            let features = try told("features", "--data", "some.csv", "--output", "some-features.csv")
            #expect(features.exitCode == 0, "\(features.words)")
            let lines = try String(decoding: bytes("some-features.csv"), as: UTF8.self).split(separator: "\n")
                .dropFirst()
            let labels = lines.map { line in
                line.split(separator: ",", omittingEmptySubsequences: false).prefix(2).map(String.init)
            }
            #expect(labels == [["blue/1.png", ""], ["green/2.png", "green"], ["red/0.png", "red;x"]])
            let nearest = try told(
                "visualize", "--image", "data/test/red/0.png", "--nearest", "some.csv", "--output", "n.png")
            #expect(
                nearest.exitCode == 0 && nearest.output.contains("\tred;x\tdata/test/red/0.png\n"), "\(nearest.words)")
            let explained = try told("explain", "some.csv", "--class", "x", "--output", "maps")
            #expect(explained.exitCode == 0 && explained.output.contains("\tmaps/2.x.png\n"), "\(explained.words)")
            try FileManager.default.removeItem(atPath: folder.file("maps"))
        }
    }

    @Test func columnsAndRootsAreTold() throws {
        let list = images("test").map { "\($0.label);7;\($0.path.dropFirst("data/".count))" }
        try write("list.csv", "kind;weight, in g, or so, or so;where\n" + list.joined(separator: "\n"))
        let options = ["--root", "data", "--path-column", "where", "--label-column=kind", "--delimiter", "semicolon"]
        let told = try Tool.start(
            ["evaluate", "--data", "list.csv", "--model", "model.h5", "--output", "a", "--precision", "f32"] + options,
            in: folder.path
        ).outcome()
        #expect(told.exitCode == 0, "\(told.words)")
        _ = try run("evaluate", "--data", "data/test", "--output", "b")
        #expect(try bytes("a/predictions.csv") == bytes("b/predictions.csv"))
    }

    // MARK: - Predictions

    /// What follows the name in each line of `predict --format csv` for some files.
    private func answers(_ files: [String]) throws -> [Substring] {
        let outcome = try Tool.start(
            ["predict", "--model", "model.h5", "--precision", "f32", "--format", "csv"] + files, in: folder.path
        ).outcome()
        #expect(outcome.exitCode == 0, "\(outcome.words)")
        return outcome.output.split(separator: "\n").dropFirst().map { line in
            line[(line.firstIndex(of: ",") ?? line.startIndex)...]
        }
    }

    /// In the order of the table, one for each row, called as there; labels, even absurd ones, do not count.
    @Test func rowsArePredictedAsTheyStand() throws {
        let files = images("test").map(\.path)
        let repeated = files + [files[3], "./" + files[3]]
        let expected = try zip(repeated, answers(repeated)).map { "\($0)\($1)" }
        #expect(Set(expected.map { $0.split(separator: ",")[1] }).count > 1, "classes must differ")
        let tables = [
            "file\n" + repeated.joined(separator: "\n"),
            "label,file\n"
                + repeated.enumerated().map { "\($0 % 5 == 0 ? "" : "x\($0)"),\($1)" }.joined(separator: "\n"),
            "file,a,b\n" + repeated.map { "\($0),1,1" }.joined(separator: "\n"),
            "kind,where\n" + repeated.map { "x,\($0)" }.joined(separator: "\n"),
        ]
        for (index, table) in tables.enumerated() {
            try write("t.csv", table)
            let outcome = try Tool.start(
                ["predict", "t.csv", "--model", "model.h5", "--precision", "f32", "--format", "csv"]
                    + (index == 3 ? ["--label-column", "kind"] : []), in: folder.path
            ).outcome()
            #expect(outcome.exitCode == 0, "\(outcome.words)")
            #expect(outcome.output.split(separator: "\n").dropFirst().map(String.init) == expected)
        }
        // Between files, and endings that are left out.
        try write("t.csv", "id,label\n\(files[0].dropLast(4)),x\n")
        let mixed = try run("predict", files[1], "t.csv", files[2], "--format", "csv")
        #expect(
            mixed.output.split(separator: "\n").dropFirst().map(String.init)
                == [expected[1], expected[0].replacingOccurrences(of: ".png", with: ""), expected[2]])
    }

    private func classes(_ answers: [Substring]) -> [String] { answers.map { String($0.split(separator: ",")[0]) } }

    @Test func submissionsOfPixelsCountRows() throws {
        let expected = classes(try answers(images("test").map(\.path)))
        #expect(Set(expected).count > 1, "classes must differ")
        let submission = "ImageId,Label\n" + expected.enumerated().map { "\($0 + 1),\($1)\n" }.joined()
        try write("labelled.csv", rows("test"))
        let labels = try rows("test").split(separator: "\n").map { $0.drop { $0 != "," }.dropFirst() }
        try write("unlabelled.csv", labels.joined(separator: "\n"))
        try writeArrays("arrays.npz", [("test", ("images", "labels")), ("train", ("x_val", "y_val"))])
        try writeArrays("one.npz", [("test", ("images", "labels"))])
        for words in [
            ["labelled.csv", "--pixels", "16x16x3"], ["unlabelled.csv", "--pixels=16x16x3", "--batch", "5"],
            ["arrays.npz", "--part", "train"], ["one.npz"], ["arrays.npz", "--path-column", "images"],
        ] {
            let outcome = try Tool.start(
                ["predict", "--format", "kaggle", "--model", "model.h5", "--precision", "f32"] + words, in: folder.path
            ).outcome()
            #expect(outcome.exitCode == 0 && outcome.output == submission, "\(words): \(outcome.words)")
        }
    }

    @Test func submissionsOfPathsHaveTheTablesNames() throws {
        let files = images("test").map(\.path)
        let expected = classes(try answers(files))
        func submission(_ header: String, _ ids: [String]) -> String {
            "\(header)\n" + zip(ids, expected).map { "\($0),\($1)\n" }.joined()
        }
        try write("t.csv", "id_code\n" + files.map { String($0.dropLast(4)) }.joined(separator: "\n") + "\n")
        let stems = try run("predict", "t.csv", "--format", "kaggle", "--path-column", "id_code")
        #expect(stems.output == submission("id_code,label", files.map { String($0.dropLast(4)) }), "\(stems.words)")
        try write("t.csv", "x,image\n" + files.map { "1,\($0)" }.joined(separator: "\n"))
        let named = try run("predict", "t.csv", "--format", "kaggle", "--label-column", "diagnosis")
        #expect(named.output == submission("image,diagnosis", files), "\(named.words)")
        let direct = try Tool.start(
            ["predict", "--format", "kaggle", "--model", "model.h5", "--precision", "f32"] + files, in: folder.path
        ).outcome()
        #expect(direct.output == submission("filename,label", files))
    }

    @Test func aSubmissionIsWholeOrNothing() throws {
        try write("broken.png", "no picture")
        let files = images("test").map(\.path)
        try write("t.csv", "file\n" + (files + ["broken.png"]).joined(separator: "\n"))
        for words in [["t.csv", "--batch", "2"], files + ["broken.png"], ["data/test/red", "nothing.png"], ["data"]] {
            if words == ["data"] { try write("data/test/red/2.png", "no picture") }
            let outcome = try Tool.start(
                ["predict", "--format", "kaggle", "--model", "model.h5", "--output", "all.csv"] + words, in: folder.path
            ).outcome()
            #expect(outcome.exitCode == 3 && outcome.output.isEmpty && !exists("all.csv"), "\(words)")
            let last = outcome.words.split(separator: "\n").last ?? ""
            #expect(last.hasPrefix("error: "))
            #expect(
                last.hasSuffix("; a submission answers every image, so nothing is printed (--format csv leaves it out)")
            )
        }
        let listed = try Tool.start(
            ["predict", "t.csv", "--model", "model.h5"], in: folder.path
        ).outcome()
        #expect(listed.exitCode == 3 && listed.output.split(separator: "\n").count == 11, "\(listed.words)")
    }

    // MARK: - Explanations

    private func explanations(_ words: [String], in name: String) throws -> (rows: [[String]], words: String) {
        let outcome = try Tool.start(
            ["explain", "--model", "model.h5", "--class", "red", "--class", "blue", "--output", name] + words,
            in: folder.path
        ).outcome()
        #expect(outcome.exitCode == 0, "\(outcome.words)")
        return (outcome.output.split(separator: "\n").map { $0.split(separator: "\t").map(String.init) }, outcome.words)
    }

    private func pictures(_ rows: [[String]]) throws -> [Data] { try rows.map { try bytes($0[5]) } }

    private func names(in name: String) throws -> [String] {
        try FileManager.default.contentsOfDirectory(atPath: folder.file(name)).sorted()
    }

    @Test func imagesOfTablesAreExplainedAsFiles() throws {
        let files = images("test").map(\.path)
        let repeated = files + [files[3], "./" + files[3]]
        let known = try explanations(repeated, in: "a").rows
        #expect(Set(try pictures(known)).count > 12, "pictures must differ")
        try write("t.csv", "label,file\n" + repeated.map { "x,\($0)\n" }.joined())
        let told = try explanations(["t.csv"], in: "b").rows
        #expect(told.map { $0.prefix(5) } == known.map { $0.prefix(5) })
        #expect(try pictures(told) == pictures(known))
        #expect(try names(in: "b") == names(in: "a") && names(in: "b").count == 28)
        // Among files, without endings, which do not lack what stands behind another dot.
        try FileManager.default.copyItem(atPath: folder.file(files[0]), toPath: folder.file("0.5.png"))
        try write("t.tsv", "where\tkind\n\(files[0].dropLast(4))\tx\n0.5\t\n")
        let mixed = try explanations([files[1], "t.tsv", files[2], "--label-column", "kind"], in: "c").rows
        #expect(
            mixed.map { $0[0] }.enumerated().filter { $0.offset % 2 == 0 }.map(\.element)
                == [files[1], String(files[0].dropLast(4)), "0.5", files[2]])
        #expect(try pictures(mixed) == pictures(Array(known[2..<4] + known[..<2] + known[..<2] + known[4..<6])))
        #expect(mixed[4][5] == "c/0.5.red.png")
    }

    @Test func picturesOfRowsAreCalledAfterTheTable() throws {
        let known = try explanations(images("test").map(\.path), in: "a").rows
        try FileManager.default.createDirectory(
            atPath: folder.file("sub/..x"), withIntermediateDirectories: true)
        try write("digits.csv", rows("test"))
        try write("sub/..x/..csv", rows("test"))
        try writeArrays("digits.npz", [("test", ("x_test", "y_test")), ("train", ("x_train", "y_train"))])
        let told = try explanations(
            ["digits.csv", "digits.npz", "sub/..x/..csv", "--pixels", "16x16x3"], in: "b"
        ).rows
        #expect(try pictures(told) == pictures(known + known + known))
        #expect(told.map { $0[0] } == (0..<72).map { "row \($0 % 24 / 2 + 1)" })
        let stems = ["b/digits-row1", "b/digits-row1-2", "b/_-row1"]
        #expect(told.indices.filter { $0 % 24 == 0 }.map { told[$0][5] } == stems.map { $0 + ".red.png" })
        #expect(told[23][5] == "b/digits-row12.blue.png")
        #expect(try names(in: "b").map { "b/" + $0 } == told.map { $0[5] }.sorted() && told.count == 72)
        #expect(!exists("sub/..x/out"))
        // Of several sets the test images, unless somebody says otherwise.
        let training = try explanations(["digits.npz", "--part", "train"], in: "c").rows
        #expect(try pictures(training) == pictures(explanations(images("train").map(\.path), in: "d").rows))
    }

    @Test func imagesThatATableLacksAreLeftOut() throws {
        let files = images("test").map(\.path)
        try write("broken.png", "no picture")
        try write("t.csv", "file\n\(files[0])\nbroken.png\ngone.png\n\(files[1])\n")
        let outcome = try run("explain", "t.csv")
        #expect(outcome.exitCode == 3 && outcome.output.split(separator: "\n").count == 2)
        #expect(outcome.words.contains("warning: t.csv: 1 of 4 images are not there, such as gone.png (line 4)\n"))
        #expect(outcome.words.contains("left out: broken.png: ") && outcome.words.contains("left out: gone.png: "))
        #expect(outcome.words.hasSuffix("error: 2 of 4 images cannot be read\n"), "\(outcome.words)")
    }

    // MARK: - Numbers

    @Test func modelsThatSayNumbersServeEveryCommand() throws {
        for (part, count) in [("train", 8), ("test", 4)] {
            let rows = images(part, of: count).enumerated().map { "\($1.path),\(1e4 + 100 * Double($0))\n" }
            try write("\(part).csv", "file,price\n" + rows.joined())
        }
        let trained = try Tool.run(
            "--recipe", "small.yaml", "--set", "task=regression", "--set", "data.train=train.csv", "--set",
            "data.test=test.csv", in: folder.path)
        #expect(trained.exitCode == 0, "\(trained.words)")
        try Data(bytes("runs/small-1/model.h5")).write(to: URL(fileURLWithPath: folder.file("model.h5")))

        let text = try run("predict", "test.csv")
        #expect(text.output.split(separator: "\n").count == 12, "\(text.words)")
        #expect(text.output.split(separator: "\n").allSatisfy { Double($0.split(separator: "\t")[1]) ?? 0 > 5000 })
        let submission = try run("predict", "test.csv", "--format", "kaggle")
        #expect(submission.output.hasPrefix("file,price\ndata/test/"))
        let ranked = try run("predict", "test.csv", "--top", "2")
        #expect(ranked.exitCode == 2 && ranked.words.contains("--top belongs to models that tell classes"))
        let judged = try run("evaluate", "--data", "test.csv", "--output", "judged", "--tta", "flip")
        #expect(judged.exitCode == 0 && judged.words.contains("mean absolute error "), "\(judged.words)")
        #expect(!exists("judged/confusion_matrix.csv"))
        let probed = try run("probe", "--data", "train.csv", "--test", "test.csv")
        #expect(probed.exitCode == 0 && probed.words.contains("24 images with a number, "), "\(probed.words)")
        #expect(probed.output.split(separator: "\n").map { $0.split(separator: "\t")[0] }.last == "ridge regression")
        let explained = try run("explain", "data/test/red/0.png", "--output", "maps")
        #expect(explained.exitCode == 0 && explained.output.contains("\tprice\t"), "\(explained.words)")
        #expect(try Tool.run("inspect", "model.h5", in: folder.path).output.contains("\ntask           regression\n"))

        for ending in ["csv", "h5"] {
            let outcome = try run("features", "--data", "test.csv", "--output", "f.\(ending)")
            #expect(outcome.exitCode == 0, "\(outcome.words)")
        }
        var rows = try CSVReader(contentsOf: folder.file("f.csv"))
        let labels = try rows.rest().dropFirst().map { Float($0.fields[1]) }
        #expect(try HDF5Archive(path: folder.file("f.h5")).tensor("labels").values.map(Optional.some) == labels)
    }

    // MARK: - Faults

    /// By whatever name.
    @Test(arguments: [
        ("predict a.csv data --output a.csv", "a.csv"), ("predict a.csv --output ./link.csv", "./link.csv"),
        ("features --data link.csv --output data/../a.csv", "data/../a.csv"),
        ("visualize --image data/test/red/0.png --layer stem --output data/test/red/0.png", "data/test/red/0.png"),
        ("visualize --image data/test/red/0.png --nearest a.csv --output a.csv", "a.csv"),
        (
            "visualize --image data/test/red/1.png --nearest data/test --output data/test/red/0.png",
            "data/test/red/0.png"
        ),
        ("predict data/test --output data/test/red/0.png", "data/test/red/0.png"),
        ("features --data c.npy.csv --output c.npy", "c.npy.csv"), ("predict a.csv --output model.h5", "model.h5"),
        ("evaluate --data predictions.csv --output .", "./predictions.csv"),
        ("probe --data a.csv --labels a.csv", "a.csv"),
    ])
    func whatIsReadIsNotReplaced(words: String, output: String) throws {
        try write("a.csv", paths("test"))
        try FileManager.default.createSymbolicLink(atPath: folder.file("link.csv"), withDestinationPath: "a.csv")
        for copy in ["c.npy.csv", "predictions.csv"] { try write(copy, paths("test")) }
        let read = ["a.csv", "data/test/red/0.png", "c.npy.csv", "predictions.csv", "model.h5"]
        let before = try read.map(bytes)
        let outcome = try Tool.start(
            words.split(separator: " ").map(String.init) + ["--model", "model.h5"], in: folder.path
        ).outcome()
        #expect(outcome.exitCode == 2 && outcome.output.isEmpty)
        #expect(
            outcome.words.hasPrefix("error: --")
                && outcome.words.contains(
                    " \(output) would replace what is read; choose another\n"),
            "\(outcome.words)")
        #expect(try before == read.map(bytes))
    }

    @Test(arguments: [
        (
            "predict a.csv b.csv --format kaggle",
            "--format kaggle takes one table, or files and folders: a submission answers one list of images"
        ),
        (
            "predict a.csv x.png --format kaggle",
            "--format kaggle takes one table, or files and folders: a submission answers one list of images"
        ),
        (
            "predict a.csv --format kaggle --top 3",
            "--top does not belong to --format kaggle: a submission has one class of each image"
        ),
        ("predict data --root data", "--root belongs to a table (.csv, .tsv, .npz), and there is none"),
        ("explain data --pixels 8x8", "--pixels belongs to a table (.csv, .tsv, .npz), and there is none"),
        (
            "evaluate --data data/test --output o --path-column x",
            "--path-column belongs to a table (.csv, .tsv, .npz), and there is none"
        ),
        (
            "features --data data/test --output f.csv --part test",
            "--part belongs to a table (.csv, .tsv, .npz), and there is none"
        ),
        (
            "probe --data data/train --delimiter tab",
            "--delimiter belongs to a table (.csv, .tsv, .npz), and there is none"
        ),
        (
            "visualize --filters --output f.png --label-column x",
            "--label-column belongs to a table (.csv, .tsv, .npz), and there is none"
        ),
        (
            "evaluate --data a.csv --output o --pixels 28",
            "--pixels: expected HxW|HxWx3|3xHxW, such as 28x28, found `28`"
        ),
        (
            "evaluate --data a.csv --output o --pixels 28x0",
            "--pixels: expected HxW|HxWx3|3xHxW, such as 28x28, found `28x0`"
        ),
        (
            "evaluate --data a.csv --output o --pixels 28x28x4",
            "--pixels: expected HxW|HxWx3|3xHxW, such as 28x28, found `28x28x4`"
        ),
        (
            "evaluate --data a.csv --output o --part all",
            "--part: unknown value `all`; there are: train, validation, test"
        ),
    ])
    func optionsThatDoNotFitAreRefused(words: String, message: String) throws {
        let outcome = try Tool.start(
            words.split(separator: " ").map(String.init) + ["--model", "model.h5"], in: folder.path
        ).outcome()
        #expect(outcome.exitCode == 2 && outcome.output.isEmpty)
        #expect(outcome.words.hasPrefix("error: \(message)\nhelp: finetune "), "\(outcome.words)")
    }

    private static let commands = [
        "evaluate --output out --data", "features --output out.csv --data", "probe --data",
        "visualize --image data/test/red/0.png --output out.png --nearest", "predict", "predict --format kaggle",
        "explain --output out",
    ]

    /// Faults that concern labels alone are none to commands that do without.
    private static let labelCommands = [commands[0], commands[2]]

    @Test(arguments: [
        ("", "t.csv:1: the file is empty"),
        ("file,label\n", "t.csv:2: there is no row below the names of the columns"),
        ("file,label\na.png,cat\nb.png\n", "t.csv:3: 1 field instead of 2"),
        ("file,label\na.png,\"cat\n", "t.csv:2: a quoted field is never closed"),
        (
            "file,label\n../a.png,cat\n",
            "t.csv:2: “../a.png” leads out of .; --root is the folder that holds all images"
        ),
        (
            "file,label\nno.png,cat\nnot.png,dog\n",
            "t.csv:2: none of the 2 images is there, such as no.png; --root is the folder that paths begin at"
        ),
        (
            "x,label,y\na,b,c\n",
            "t.csv:1: no column is called like the path of an image; the columns are “x”, “label”, “y”. --path-column NAME says which it is"
        ),
        (
            "x:label\na:b\n",
            "t.csv:1: no column is called like the path of an image; the columns are “x:label”. --path-column NAME says which it is; if something other than commas parts them, --delimiter says what"
        ),
        (
            "label," + (0..<64).map { "p\($0)" }.joined(separator: ",") + "\nx" + String(repeating: ",256", count: 64)
                + "\n", "t.csv:2: p0 is “256”; expected a whole number from 0 to 255"
        ),
        (
            (0..<65).map { "p\($0)" }.joined(separator: ",") + "\n" + (0..<65).map(String.init).joined(separator: ",")
                + "\n", "t.csv:1: 65 pixels are no square of grey; --pixels HxW says what they are"
        ),
    ])
    func faultsOfTablesAreOneLine(text: String, message: String) throws {
        try write("t.csv", text)
        for command in Self.commands { try check(command, "t.csv", message) }
    }

    @Test(arguments: [
        (
            "file,label\ndata/test/red/0.png,red\ndata/test/red/1.png,\n",
            "t.csv:3: label is empty; write a label, or remove the row"
        ),
        (
            "file,u,v\ndata/test/red/0.png,x,1\n",
            "t.csv:1: no column is called like a label; the columns are “file”, “u”, “v”. --label-column NAME says which it is"
        ),
        (
            "file\ndata/test/red/0.png\n",
            "t.csv: no labels, and they are needed here: data/test/red/0.png has none. The table needs a column with them, which --label-column NAME names"
        ),
    ])
    func faultsOfLabelsAreOneLine(text: String, message: String) throws {
        try write("t.csv", text)
        for command in Self.labelCommands { try check(command, "t.csv", message) }
        #expect(try run("predict", "t.csv").exitCode == 0)
    }

    @Test func faultsOfArraysAreOneLine() throws {
        try writeArrays("t.npz", [("test", ("photos", "y"))])
        let message =
            "t.npz: no array is called like images (`x_train`, `test_images`, `images`); --path-column NAME says which it "
            + "is. There are: `photos`, `y`"
        for command in Self.commands { try check(command, "t.npz", message) }
        try write("t.npz", "no archive")
        for command in Self.commands { try check(command, "t.npz", nil) }
        try writeArrays("t.npz", [("train", ("x_train", "y_train")), ("test", ("x_test", "y_test"))])
        try check(
            Self.commands[1], "t.npz",
            "t.npz: has images for several purposes; --part says which. There are: `x_train`, `y_train`, `x_test`, `y_test`"
        )
        for command in Self.commands { try check(command, "none.npz", nil) }
    }

    private func check(_ command: String, _ table: String, _ message: String?) throws {
        let outcome = try Tool.start(
            command.split(separator: " ").map(String.init) + [table, "--model", "model.h5"], in: folder.path
        ).outcome()
        #expect(outcome.exitCode == 3 && outcome.output.isEmpty, "\(command)")
        if let message { #expect(outcome.words == "error: \(message)\n", "\(command)") }
        #expect(outcome.words.hasPrefix("error: \(table)") && outcome.words.split(separator: "\n").count == 1)
        for name in ["out", "out.csv", "out.png"] { #expect(!exists(name), "\(command)") }
    }
}

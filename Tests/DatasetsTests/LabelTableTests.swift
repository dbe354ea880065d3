import Datasets
import Files
import Foundation
import TestSupport
import Testing

/// Tables of paths and labels, good ones and others.
@Suite struct LabelTableTests {
    let tree: DataTree

    init() throws {
        tree = try DataTree()
        for (index, name) in ["cats/1.png", "cats/2.png", "dogs/1.png", "dogs/2.png"].enumerated() {
            try tree.writeImage(name, number: index)
        }
    }

    private func table(_ text: String, _ name: String = "labels.csv") throws -> String {
        try tree.write(name, Array(text.utf8))
        return tree.path(name)
    }

    private func read(
        _ text: String, _ target: TargetKind = .category, classes: ClassMap? = nil,
        _ change: (inout TableOptions) -> Void = { _ in }
    ) throws -> ImageSet {
        var options = TableOptions()
        options.target = target
        change(&options)
        return try ImageSet(scanning: try table(text), options, map: classes)
    }

    /// What is said of a table, without the folder that it lies in.
    private func complaint(
        _ text: String, _ target: TargetKind = .category, _ change: (inout TableOptions) -> Void = { _ in }
    ) -> String {
        do {
            _ = try read(text, target, change)
            return "none"
        } catch {
            return "\(error)".replacingOccurrences(of: tree.path + "/", with: "")
        }
    }

    @Test func equalsClassFolders() throws {
        let folders = try ImageSet(scanning: tree.path)
        let listed = try read("file,label\ndogs/2.png,dogs\ncats/1.png,cats\ndogs/1.png,dogs\ncats/2.png,cats\n")
        #expect(listed.samples == folders.samples)
        #expect(listed.classNames == folders.classNames)
        #expect(listed.root == folders.root)
    }

    /// Byte order mark, CRLF, blank lines, quotes, blanks around fields, other columns.
    @Test(arguments: [
        "\u{FEFF}file,label\r\ncats/1.png,cat\r\n\r\ndogs/1.png,dog\r\n",
        "\"label\",\"file\"\n\"cat\",\"cats/1.png\"\n\"dog\",\"dogs/1.png\"",
        "image_id\tspecies\tage\ncats/1\tcat\t3\ndogs/1\tdog\t4\n",
        "id;x;Class\ncats/1.png;0; cat \ndogs/1.png;1;dog",
        "breed,photo of it\ncat,cats/1.png\ndog,./dogs/../dogs/1.png\n",
    ])
    func oneMeaningInManyForms(text: String) throws {
        let listed = try read(text)
        #expect(listed.classNames == ["cat", "dog"])
        #expect(listed.samples.map(\.name) == ["cats/1.png", "dogs/1.png"])
        #expect(listed.samples.map(\.label) == [0, 1])
    }

    @Test func labelsMayHoldAnything() throws {
        let listed = try read("file,label\ncats/1.png,\"a, \"\"b\"\"\n😀\"\ndogs/1.png,Ärger\n")
        #expect(listed.classNames == ["a, \"b\"\n😀", "Ärger"])
    }

    @Test func pathsBeginAtTheRoot() throws {
        try tree.write("lists/labels.csv", Array("file,label\ncats/1.png,a\ndogs/1.png,b\n".utf8))
        var options = TableOptions()
        options.root = tree.path
        let listed = try ImageSet(scanning: tree.path("lists/labels.csv"), options)
        #expect(listed.samples.map(\.path) == [tree.path("cats/1.png"), tree.path("dogs/1.png")])
        let absolute = try read("file,label\n\(tree.path("cats/1.png")),a\n\(tree.path("dogs/1.png")),b\n")
        #expect(absolute.samples.map(\.name) == ["cats/1.png", "dogs/1.png"])
    }

    @Test func namesBeginBehindTheCommonFolder() throws {
        try tree.writeImage("all/x/cat/1.png", number: 7)
        try tree.writeImage("all/x/dog/1.png", number: 8)
        let listed = try read("file,label\nall/x/dog/1.png,dog\nall/x/cat/1.png,cat\n")
        #expect(listed.samples.map(\.name) == ["cat/1.png", "dog/1.png"])
        #expect(listed.root == tree.path("all/x"))
        #expect(listed.samples == (try ImageSet(scanning: tree.path("all/x"))).samples)
    }

    @Test func imagesMayHaveSeveralLabels() throws {
        let expected: [Target] = [.categories([0, 1]), .categories([]), .categories([1]), .categories([0])]
        for text in [
            "file,labels\ncats/1.png,b;a\ncats/2.png,\ndogs/1.png,b\ndogs/2.png,a;a\n",
            "file,tags\ncats/1.png,a b\ncats/2.png,\ndogs/1.png,b\ndogs/2.png, a \n",
            "file,tags\ncats/1.png,b|a\ncats/2.png,|\ndogs/1.png,b\ndogs/2.png,a\n",
            "file,a,b\ncats/1.png,1,1\ncats/2.png,0,0\ndogs/1.png,0,1.0\ndogs/2.png,1,0\n",
            "file,label\ncats/1.png,b\ncats/1.png,a\ncats/2.png,\ndogs/1.png,b\ndogs/2.png,a\n",
        ] {
            let listed = try read(text, .categories)
            #expect(listed.classNames == ["a", "b"])
            #expect(listed.samples.map(\.target) == expected, "\(text)")
        }
        let spaced = try read("file,labels\ncats/1.png,polar bear;cat\ncats/2.png,polar bear\n", .categories)
        #expect(spaced.classNames == ["cat", "polar bear"])
        #expect(spaced.samples.map(\.target) == [.categories([0, 1]), .categories([1])])
    }

    @Test func oneColumnAClassServesOneLabelToo() throws {
        let listed = try read("image,healthy,rust\ncats/1,1,0\ndogs/1,0,1\n")
        #expect(listed.classNames == ["healthy", "rust"])
        #expect(listed.samples.map(\.label) == [0, 1])
        let columns = try read("image,x,b,a\ncats/1,7,1,0\ndogs/1,8,0,1\n") { $0.columns.labels = ["b", "a"] }
        #expect(columns.classNames == ["b", "a"], "in the order of the recipe")
    }

    @Test func numbersAreRead() throws {
        let listed = try read("file,price\ncats/1.png,2.5\ndogs/1.png,-1e3\n", .number)
        #expect(listed.samples.map(\.target) == [.number(2.5), .number(-1000)])
        #expect(
            complaint("file,price\ncats/1.png,2.5\ndogs/1.png,dear\n", .number)
                == "labels.csv:3: the label is “dear”; expected a number from -1e100 to 1e100")
    }

    @Test func columnsAreNamed() throws {
        let listed = try read("a,b,c,d\n1,cats/1.png,x,0.5\n2,dogs/1.png,y,2\n") {
            $0.columns.path = "b"
            $0.columns.labels = ["c"]
            $0.columns.weight = "d"
            $0.columns.group = "a"
        }
        #expect(listed.samples.map(\.weight) == [0.5, 2])
        #expect(listed.samples.map(\.group) == ["1", "2"])
    }

    @Test(arguments: [
        ("", "labels.csv:1: the file is empty"),
        ("file,label\n", "labels.csv:2: there is no row below the names of the columns"),
        (
            "cats/1.png,cat\ndogs/1.png,dog\n",
            "labels.csv:1: the first line must name the columns, such as path,label; found “cats/1.png”, “cat”"
        ),
        (
            "x,label,y\ncats/1.png,cat,1\n",
            "labels.csv:1: no column is called like the path of an image; the columns are “x”, “label”, “y”. "
                + "`columns: {path: NAME}` says which it is"
        ),
        (
            "x/label\ncats\n",
            "labels.csv:1: the first line must name the columns, such as path,label; found “x/label”"
        ),
        (
            "where:label\ncats:cat\n",
            "labels.csv:1: no column is called like the path of an image; the columns are “where:label”. "
                + "`columns: {path: NAME}` says which it is; if something other than commas parts them, `delimiter` says what"
        ),
        (
            "file,u,v\ncats/1.png,cat,1\n",
            "labels.csv:1: no column is called like a label; the columns are “file”, “u”, “v”. "
                + "`columns: {label: NAME}` says which it is"
        ),
        ("file,label,file\na,b,c\n", "labels.csv:1: two columns are called “file”"),
        ("file,label\ncats/1.png,cat\ndogs/1.png\n", "labels.csv:3: 1 field instead of 2"),
        ("file,label\ncats/1.png,cat\ndogs/1.png,dog,3\n", "labels.csv:3: 3 fields instead of 2"),
        ("file,label\ncats/1.png,\"cat\ndogs/1.png,dog\n", "labels.csv:2: a quoted field is never closed"),
        ("file,label\ncats/1.png,cat\ndogs/1.png,\n", "labels.csv:3: label is empty; write a label, or remove the row"),
        ("file,label\n,cat\n", "labels.csv:2: the path is empty"),
        ("file,label\ncats/1.png,cat\ndogs,dog\n", "labels.csv:3: dogs is a folder; a path of an image belongs here"),
        ("file,label\n./,dog\n", "labels.csv:2: “./” is a folder; a path of an image belongs here"),
        (
            "file,label\ncats/1.png,cat\ncats/../cats/1.png,dog\n",
            "labels.csv:3: cats/1.png is listed again, as “dog”, and on line 2 as “cat”; keep one of them"
        ),
        (
            "file,a,b\ncats/1.png,1,0\ndogs/1.png,1,1\n",
            "labels.csv:3: “a”, “b” are 1; one is, where each image has one class "
                + "(the task `multi_label` takes any number)"
        ),
        (
            "file,a,b\ncats/1.png,1,0\ndogs/1.png,0,0\n",
            "labels.csv:3: no column of a class is 1; one is, where each image has one class "
                + "(the task `multi_label` takes any number)"
        ),
    ])
    func faultIsNamedWithItsLine(text: String, message: String) {
        #expect(complaint(text) == message)
    }

    /// What a cell holds may be of any length, what is said of it not.
    @Test func longCellsAreToldByTheirBeginning() {
        let long = String(repeating: "é", count: 300)
        func said(_ cell: String) -> String {
            complaint("file,label,w\ncats/1.png,cat,\(cell)\n") { $0.columns.weight = "w" }
        }
        #expect(said(long) == "labels.csv:2: w is “\(long)”; expected a number from 0.000001 to 1000000")
        #expect(said(long + "xy") == "labels.csv:2: w is “\(long)…”; expected a number from 0.000001 to 1000000")
    }

    @Test func labelsThatLookLikeSeveralAreTold() throws {
        let rows = "cats/1.png,cat\ndogs/1.png,dog\ncats/2.png,"
        let words = "(the task `multi_label` takes each label by itself)"
        let path = tree.path("labels.csv")
        #expect(
            try read("file,label\n\(rows)cat;dog\n").remarks
                == ["\(path): “cat;dog” is taken for a class of its own \(words)"])
        #expect(
            try read("file,label\n\(rows)dog|cat\ndogs/2.png,cat; dog\n").remarks
                == ["\(path): “cat; dog” is taken for a class of its own, like 1 other such \(words)"])
        #expect(try read("file,label\n\(rows)cat;wolf\n").remarks == [], "no class is called wolf")
        #expect(try read("file,label\n\(rows)cat;dog\n", .categories).remarks == [])
    }

    @Test func pathsMustNotLeaveTheRoot() throws {
        #expect(
            complaint("file,label\ncats/1.png,cat\n../../etc/passwd,dog\n")
                == "labels.csv:3: “../../etc/passwd” leads out of \(tree.path); `root` is the folder that holds all images"
        )
        #expect(complaint("file,label\n/etc/passwd,dog\n").contains("labels.csv:2: “/etc/passwd” leads out of"))
        #expect(complaint("file,label\ncats/../../x.png,dog\n").contains("leads out of"))
    }

    @Test func missingFilesAreToldAndLeftToThePolicy() throws {
        let listed = try read("file,label\ncats/1.png,cat\ndogs/9.png,dog\ndogs/1.png,dog\n")
        #expect(listed.samples.count == 3)
        #expect(
            listed.remarks == ["\(tree.path("labels.csv")): 1 of 3 images are not there, such as dogs/9.png (line 3)"])
        #expect(
            complaint("file,label\nx/1.png,cat\nx/2.png,dog\n")
                == "labels.csv:2: none of the 2 images is there, such as x/1.png; "
                + "`root` is the folder that paths begin at")
    }

    @Test func columnsThatAreNotThereAreNamed() {
        let said = complaint("file,label\ncats/1.png,cat\n") { $0.columns.labels = ["lable"] }
        #expect(said == "labels.csv:1: there is no column “lable”; did you mean `label`?")
        let group = complaint("file,label\ncats/1.png,cat\n") { $0.columns.group = "patient" }
        #expect(group == "labels.csv:1: there is no column “patient”; there are: file, label")
    }

    @Test func endingsThatAreLeftOutMayBeAmbiguous() throws {
        try tree.writeImage("cats/1.jpg", number: 9)
        #expect(complaint("id,label\ncats/1,cat\n") == "labels.csv:2: “cats/1” may be “1.jpg” or “1.png”")
    }

    @Test func textOfAnotherEncodingIsNamed() throws {
        try tree.write("labels.csv", [0xFF, 0xFE, 0x66, 0, 0x69, 0])
        #expect(throws: CSVError.self) { try ImageSet(scanning: tree.path("labels.csv")) }
    }

    /// One broken row among a million is found, and named by its line.
    @Test func oneBrokenRowOfAMillion() throws {
        var text = Array("file,label\n".utf8)
        let row = Array("cats/1.png,cat\n".utf8)
        for index in 0..<1_000_000 { text += index == 876_543 ? Array("cats/1.png\n".utf8) : row }
        try tree.write("labels.csv", text)
        let error = #expect(throws: CSVError.self) { try ImageSet(scanning: tree.path("labels.csv")) }
        #expect(error?.line == 876_545 && error?.reason == "1 field instead of 2")
    }

    // MARK: - Labels

    @Test func labelsAreRenamedMergedAndLeftOut() throws {
        let text = "file,label\ncats/1.png,tabby\ncats/2.png,siamese\ndogs/1.png,dog\ndogs/2.png,other\n"
        let listed = try read(text, classes: .renaming(["tabby": "cat", "siamese": "cat", "other": nil]))
        #expect(listed.classNames == ["cat", "dog"])
        #expect(listed.samples.map(\.name) == ["dogs/1.png", "cats/2.png", "cats/1.png"])
        #expect(listed.samples.map(\.label) == [1, 0, 0])
        #expect(throws: ClassMapError.self) { try read(text, classes: .renaming(["tiger": "cat"])) }
    }

    @Test func aListFixesTheOrder() throws {
        let text = "file,label\ncats/1.png,cat\ndogs/1.png,dog\n"
        let listed = try read(text, classes: .order(["dog", "cat"]))
        #expect(listed.classNames == ["dog", "cat"])
        #expect(
            Dictionary(uniqueKeysWithValues: listed.samples.map { ($0.name, $0.label) }) == [
                "cats/1.png": 1, "dogs/1.png": 0,
            ])
        let error = #expect(throws: ClassMapError.self) { try read(text, classes: .order(["dog", "bird"])) }
        #expect(
            error?.description
                == "data.classes does not list “cat”, a label in \(tree.path("labels.csv")):2; there are: dog, bird")
    }

    @Test func aLabelOfTheTestImagesAloneIsNamed() throws {
        _ = try table("file,label\ncats/1.png,cat\ndogs/1.png,dog\n", "train.csv")
        _ = try table("file,label\ncats/2.png,cat\ndogs/2.png,dgo\n", "test.csv")
        let error = #expect(throws: CSVError.self) {
            try Dataset(train: tree.path("train.csv"), test: tree.path("test.csv"), seed: 1)
        }
        #expect(error?.line == 3)
        #expect(error?.reason.hasPrefix("“dgo” is none of the classes of ") == true)
        #expect(error?.reason.hasSuffix("; did you mean `dog`?") == true)
    }

    @Test func testImagesMayBeOfAnotherKind() throws {
        try tree.writeImage("test/cats/7.png", number: 70)
        try tree.writeImage("test/dogs/8.png", number: 80)
        _ = try table("file,label\ncats/1.png,cats\ndogs/1.png,dogs\n", "train.csv")
        let dataset = try Dataset(train: tree.path("train.csv"), test: tree.path("test"), seed: 1)
        #expect(dataset[.test].map(\.label) == [0, 1])
        let reversed = try Dataset(train: tree.path("test"), test: tree.path("train.csv"), seed: 1)
        #expect(reversed[.test].map(\.name) == ["cats/1.png", "dogs/1.png"])
    }

    // MARK: - Parts

    @Test func aColumnSaysWhatImagesAreFor() throws {
        var data = DatasetConfiguration(
            train: try table(
                "file,label,split\ncats/1.png,cat,train\ncats/2.png,cat,Val\ndogs/1.png,dog,training\ndogs/2.png,dog,test\n"
            ),
            seed: 1)
        data.tables.columns.part = "split"
        data.validation = .fraction(0.1)
        let dataset = try Dataset(data)
        #expect(dataset[.training].map(\.name) == ["cats/1.png", "dogs/1.png"])
        #expect(dataset[.validation].map(\.name) == ["cats/2.png"])
        #expect(dataset[.test].map(\.name) == ["dogs/2.png"])
        data.validation = .none
        let without = try Dataset(data)
        #expect(without[.validation].isEmpty)
        #expect(without.remarks == ["1 image that are for validation are not used: data.validation says otherwise"])
        data.train = try table("file,label,split\ncats/1.png,cat,tain\n")
        #expect(
            throws: CSVError(file: data.train, line: 2, reason: "split is “tain”; expected train, validation or test")
        ) {
            try Dataset(data)
        }
    }

    /// Images that are for training never come to test through the table that says so.
    @Test func aTableOfAllImagesServesEachPurpose() throws {
        let path = try table(
            "file,label,split\ncats/1.png,cat,train\ncats/2.png,cat,test\ndogs/1.png,dog,train\ndogs/2.png,dog,val\n")
        var data = DatasetConfiguration(train: path, seed: 1)
        data.tables.columns.part = "split"
        data.validation = .source(path)
        data.test = path
        let dataset = try Dataset(data)
        #expect(dataset[.training].map(\.name) == ["cats/1.png", "dogs/1.png"])
        #expect(dataset[.validation].map(\.name) == ["dogs/2.png"])
        #expect(dataset[.test].map(\.name) == ["cats/2.png"])
        #expect(dataset.losses.count == 2, "a class is absent in validation, and one in test")
        data.test = try table("file,label,split\ncats/1.png,cat,train\n", "other.csv")
        #expect(throws: DatasetError.noImagesFor(.test, path: tree.path("other.csv"))) { try Dataset(data) }
    }

    @Test func aClassWithoutTrainingImagesIsTold() throws {
        let path = try table(
            "file,label,split\ncats/1.png,cat,train\ndogs/1.png,dog,train\ndogs/2.png,wolf,test\n")
        var data = DatasetConfiguration(train: path, seed: 1)
        data.tables.columns.part = "split"
        #expect(try Dataset(data).losses.first?.contains("no images of 1 of 3 classes: “wolf”") == true)
    }

    @Test(arguments: ["0", "-1", "nan", "inf", "1e308", "1e-320", "much"]) func weightsAreAboveZero(weight: String) {
        let said = complaint("file,label,w\ncats/1.png,cat,1\ndogs/1.png,dog,\(weight)\n") { $0.columns.weight = "w" }
        #expect(said == "labels.csv:3: w is “\(weight)”; expected a number from 0.000001 to 1000000")
    }

    @Test func listsAreFiles() throws {
        try #require(mkfifo(tree.path("pipe"), 0o600) == 0)
        var data = DatasetConfiguration(train: tree.path, seed: 1)
        data.partLists = [.test: tree.path("pipe")]
        #expect(throws: DatasetError.unreadable(path: tree.path("pipe"), reason: "not a regular file")) {
            try Dataset(data)
        }
    }

    @Test func listsSayWhatImagesAreFor() throws {
        var data = DatasetConfiguration(train: tree.path, seed: 1)
        try tree.write("lists/val.txt", Array("cats/1.png\r\n\ndogs/2\n".utf8))
        data.partLists[.validation] = tree.path("lists/val.txt")
        data.validation = .fraction(0.5)
        try FileManager.default.removeItem(atPath: tree.path("lists"))
        #expect(throws: DatasetError.self) { try Dataset(data) }
        let other = try DataTree()
        try other.write("val.txt", Array("cats/1.png\r\n\ndogs/2\n".utf8))
        data.partLists[.validation] = other.path("val.txt")
        #expect(try Dataset(data)[.validation].map(\.name) == ["cats/1.png", "dogs/2.png"])
        try other.write("val.txt", Array("cats/1.png\ncats/9.png\n".utf8))
        let error = #expect(throws: CSVError.self) { try Dataset(data) }
        #expect(error?.line == 2)
    }

    @Test func classesAreLimited() throws {
        for index in 0..<20 { try tree.writeImage("cats/more\(index).png", number: 100 + index) }
        var data = DatasetConfiguration(train: tree.path, seed: 1)
        data.limit = 3
        let dataset = try Dataset(data)
        #expect(classCounts(dataset[.training], classCount: 2) == [3, 2])
        #expect(dataset.remarks == ["5 images of 24 are used, at most 3 of each class"])
        #expect(try Dataset(data)[.training] == dataset[.training])
    }
}

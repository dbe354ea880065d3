import Datasets
import Files
import Foundation
import TestSupport
import Testing

@Suite struct ImageSetTests {
    let tree: DataTree

    init() throws { tree = try DataTree() }

    @Test func classesAndSamplesAreInByteOrder() throws {
        try tree.touch(["sea/10.jpg", "sea/9.JPG", "Ärger/a.png", "forest/b.jpeg", "forest/B.jpg", "Zoo/1.jpg"])
        let folder = try ImageSet(scanning: tree.path)
        #expect(folder.classNames == ["Zoo", "forest", "sea", "Ärger"])
        #expect(
            folder.samples.map(\.name) == [
                "Zoo/1.jpg", "forest/B.jpg", "forest/b.jpeg", "sea/10.jpg", "sea/9.JPG", "Ärger/a.png",
            ])
        #expect(folder.samples.map(\.label) == [0, 1, 1, 2, 2, 3])
        #expect(folder.samples[0].path == tree.path("Zoo/1.jpg"))
        #expect(folder.ignoredFiles == 0)
    }

    @Test func imagesDeeperInsideAClassAreTaken() throws {
        try tree.touch(["cat/1.jpg", "cat/2020/may/2.jpg", "dog/a/1.jpg"])
        let folder = try ImageSet(scanning: tree.path + "//")
        #expect(folder.samples.map(\.name) == ["cat/1.jpg", "cat/2020/may/2.jpg", "dog/a/1.jpg"])
        #expect(folder.root == tree.path)
    }

    @Test(arguments: ["seg_train/seg_train", "scenes/Scenes", "set/train", "set/data/training"])
    func nestedFoldersAreDescended(_ path: String) throws {
        try tree.touch(["\(path)/a/1.jpg", "\(path)/b/2.jpg", "\(path)/../.DS_Store", "\(path)/../readme.txt"])
        let outer = String(path.split(separator: "/")[0])
        let folder = try ImageSet(scanning: tree.path(outer))
        #expect(folder.root == tree.path(path))
        #expect(folder.classNames == ["a", "b"])
        #expect(folder.samples.map(\.name) == ["a/1.jpg", "b/2.jpg"])
    }

    @Test func aLoneClassIsNotTakenForAWrapper() throws {
        try tree.touch(["cats/2020/1.jpg", "cats/2021/2.jpg"])
        #expect(throws: DatasetError.oneClass(path: tree.path, name: "cats")) {
            try ImageSet(scanning: tree.path)
        }
    }

    @Test func whatIsNoImageIsIgnoredAndCounted() throws {
        try tree.touch([
            ".DS_Store", "__MACOSX/a/._1.jpg", "notes.txt", "loose.png", "a/1.jpg", "a/._1.jpg", "a/.git/x.jpg",
            "a/Thumbs.db", "a/list.csv", "a/noextension", "b/2.png", "@eaDir/x.jpg",
        ])
        let folder = try ImageSet(scanning: tree.path)
        #expect(folder.samples.map(\.name) == ["a/1.jpg", "b/2.png"])
        let counts = Dictionary(uniqueKeysWithValues: folder.ignored.entries.map { ($0.kind, $0.count) })
        #expect(
            counts == [
                .hidden: 4, .systemFolder: 2, .notAnImage: 3, .outsideClasses: 1,
            ])
        #expect(folder.ignoredFiles == 10)
        #expect(
            folder.ignored.summary == """
                4 hidden (.DS_Store, a/._1.jpg, a/.git, …), 2 folders of the operating system (@eaDir, __MACOSX), \
                3 not images (a/list.csv, a/noextension, notes.txt), 1 images outside the class folders (loose.png)
                """)
    }

    @Test func aFolderWithoutClassesIsExplained() throws {
        try tree.touch(["1.jpg", "2.jpg", "3.jpg", "4.jpg", "labels.csv"])
        let error = #expect(throws: DatasetError.self) { try ImageSet(scanning: tree.path) }
        #expect(error?.kind == .data)
        #expect(
            error?.description == """
                \(tree.path): no class folders. Expected one folder per class with the images inside, such as \
                \(tree.path)/cat/1.jpg and \(tree.path)/dog/2.png. Found: 1 not images (labels.csv), \
                4 images outside the class folders (1.jpg, 2.jpg, 3.jpg, …)
                """)
    }

    @Test func anEmptyAMissingAndAFileAsFolderAreExplained() throws {
        let error = #expect(throws: DatasetError.self) { try ImageSet(scanning: tree.path) }
        #expect(error?.description.hasSuffix("Found: an empty folder") == true)
        let missing = DatasetError.unreadable(path: tree.path("no"), reason: "No such file or directory")
        #expect(throws: missing) { try ImageSet(scanning: tree.path("no")) }
        try tree.write("file.bin")
        #expect(throws: DatasetError.notAFolder(path: tree.path("file.bin"))) {
            try ImageSet(scanning: tree.path("file.bin"))
        }
    }

    @Test func classesWithoutImagesAreNamed() throws {
        try tree.touch(["a/1.jpg", "b/notes.txt"])
        try tree.makeFolder("c")
        let error = #expect(throws: DatasetError.self) { try ImageSet(scanning: tree.path) }
        #expect(
            error?.description == """
                \(tree.path): no image in the class folders “b”, “c” (JPEG, PNG, WebP, BMP, GIF and TIFF are read). \
                Found there: not images (b/notes.txt). Add images or remove the folders
                """)
    }

    @Test func partsAreNotClasses() throws {
        try tree.touch(["seg_train/a/1.jpg", "seg_test/a/1.jpg", "seg_pred/1.jpg"])
        let error = #expect(throws: DatasetError.self) { try ImageSet(scanning: tree.path) }
        #expect(
            error == .partsInsteadOfClasses(path: tree.path, parts: ["seg_pred", "seg_test", "seg_train"]))
    }

    @Test func labelsAreJoinedByName() throws {
        try tree.touch(["b/1.jpg", "a/1.jpg", "c/1.jpg"])
        let folder = try ImageSet(scanning: tree.path, as: ClassReference(names: ["c", "a", "b"], of: "the model"))
        #expect(folder.classNames == ["c", "a", "b"])
        #expect(folder.samples.map(\.name) == ["a/1.jpg", "b/1.jpg", "c/1.jpg"])
        #expect(folder.samples.map(\.label) == [1, 2, 0])
        #expect(folder.absentClasses.isEmpty && folder.assumption == nil)
    }

    @Test func picturesAreKnownByNameOrContent() throws {
        try tree.writeImage("a/picture", number: 1)
        try tree.writeImage("a/picture.txt", number: 2)
        try tree.writeImage("a/picture.1", number: 3)
        try tree.write("a/photo", DataTree.image(4).jpegData())
        try tree.touch(["b/1.webp", "b/2.heic", "b/3.JPEG", "b/4.tiff"])
        try tree.write("b/heic", [0, 0, 0, 24] + Array("ftypheic".utf8))
        try tree.write("b/notes", Array("BMW, and II*".utf8))
        try tree.write("b/film.mov", [0, 0, 0, 20] + Array("ftypqt  ".utf8))
        let folder = try ImageSet(scanning: tree.path)
        #expect(
            folder.samples.map(\.name) == [
                "a/photo", "a/picture", "a/picture.1", "a/picture.txt", "b/1.webp", "b/2.heic", "b/3.JPEG", "b/4.tiff",
                "b/heic",
            ])
        #expect(folder.ignored.summary == "2 not images (b/film.mov, b/notes)")
        // What is called a picture and is none can be read by nobody, and is missed.
        #expect(try ImageSurvey(of: folder.samples).bad.count == 5)
    }

    @Test func disagreeingClassesAreAnErrorWithADiff() throws {
        try tree.touch(["Forest/1.jpg", "sea/1.jpg", "montain/1.jpg", "zebra/1.jpg"])
        let error = #expect(throws: DatasetError.self) {
            try ImageSet(
                scanning: tree.path,
                as: ClassReference(names: ["forest", "glacier", "mountain", "sea"], of: "data/train"))
        }
        #expect(
            error?.description == """
                \(tree.path): its classes are not those of data/train.
                  missing here: “forest”, “glacier”, “mountain”
                  unknown here: “Forest” (meant “forest”?), “montain” (meant “mountain”?), “zebra”
                Rename or remove folders until every one is called like a class
                """)
    }

    @Test func thousandsOfFilesAreQuick() throws {
        for name in ["a", "b"] {
            try tree.makeFolder(name)
            for i in 0..<3000 { try Data().write(to: URL(fileURLWithPath: tree.path("\(name)/\(i).jpg"))) }
        }
        let folder = try ImageSet(scanning: tree.path)
        #expect(folder.samples.count == 6000)
        #expect(folder.samples.prefix(3).map(\.name) == ["a/0.jpg", "a/1.jpg", "a/10.jpg"])
    }
}

@Suite struct UnlabelledFolderTests {
    let tree: DataTree

    init() throws { tree = try DataTree() }

    @Test func aFlatFolderHasNoLabels() throws {
        try tree.touch(["2.jpg", "1.png", "more/3.jpg", ".hidden.jpg", "x.txt"])
        let folder = try ImageSet(flat: tree.path)
        #expect(folder.samples.map(\.name) == ["1.png", "2.jpg", "more/3.jpg"])
        #expect(folder.samples.allSatisfy { $0.label == nil })
        #expect(folder.classNames.isEmpty)
        #expect(folder.ignoredFiles == 2)
    }

    @Test func aFlatFolderWithoutImagesIsAnError() throws {
        try tree.touch(["x.txt"])
        #expect(throws: DatasetError.noImages(path: tree.path, found: "1 not images (x.txt)")) {
            try ImageSet(flat: tree.path)
        }
    }

    @Test func labelsAreDetected() throws {
        try tree.touch(["set/set/a/1.jpg", "set/set/b/2.jpg"])
        try tree.makeFolder("set/set/empty")
        let folder = try ImageSet(detecting: tree.path("set"))
        #expect(folder.classNames == ["a", "b"])
        #expect(folder.samples.map(\.label) == [0, 1])
        #expect(folder.ignored.entries.map(\.kind) == [.emptyFolder])
    }

    @Test(arguments: [["1.jpg", "a/2.jpg", "b/3.jpg"], ["a/1.jpg"], ["train/1.jpg", "test/1.jpg"]])
    func whatIsNotLabelledIsFlat(_ names: [String]) throws {
        try tree.touch(names)
        let folder = try ImageSet(detecting: tree.path)
        #expect(folder.samples.count == names.count)
        #expect(folder.samples.allSatisfy { $0.label == nil })
    }

    @Test func filesAndFoldersCanBeNamedOneByOne() throws {
        try tree.touch(["odd.name", "more/b.jpg", "more/a.jpg"])
        try tree.touch(["empty/notes.txt"])
        let list = ListedImages(["odd.name", "more/", "empty", "no.jpg"].map(tree.path))
        #expect(list.samples.map(\.path) == ["odd.name", "more/a.jpg", "more/b.jpg", "no.jpg"].map(tree.path))
        #expect(list.samples.map(\.name) == list.samples.map(\.path))
        #expect(list.bad == [BadImage(path: tree.path("empty"), reason: "a folder without images")])
        #expect(list.remarks == ["\(tree.path("empty")): passed over 1 not images (notes.txt)"])
    }
}

@Suite struct ClassDifferenceTests {
    /// Each name with each other would be a hundred million comparisons.
    @Test(.timeLimit(.minutes(1))) func manyNamesAreComparedForTheFirstFewOnly() {
        let here = (10_000..<20_000).map { "species \($0)" }
        let difference = ClassDifference(here: here, reference: (30_000..<40_000).map { "species \($0)" })
        #expect(difference.missing.count == 10_000 && difference.unknown.count == 10_000)
        #expect(difference.unknown[0].nearest == "species 30000" && difference.unknown[10].nearest == nil)
        #expect(difference.description.hasSuffix(" and 9990 more"))
    }
}

import Datasets
import Files
import Foundation
import Glibc
import Testing

/// Folders as nobody would wish to find them.
@Suite struct HostileTreeTests {
    let tree: DataTree

    init() throws { tree = try DataTree() }

    @Test func linksThatLeadInCirclesEnd() throws {
        try tree.touch(["a/1.jpg", "a/deep/2.jpg", "b/1.jpg"])
        try tree.link("a/self", to: ".")
        try tree.link("a/deep/up", to: "..")
        try tree.link("a/root", to: tree.path)
        try tree.link("a/deep/again", to: "../deep")
        try tree.link("up", to: "..")
        try tree.link("here", to: tree.path)
        let folder = try ImageSet(scanning: tree.path)
        #expect(folder.classNames == ["a", "b"])
        #expect(folder.samples.map(\.name) == ["a/1.jpg", "a/deep/2.jpg", "b/1.jpg"])
        #expect(folder.ignored.entries.map(\.kind) == [.repeatedFolder])
        #expect(folder.ignoredFiles == 6)
    }

    @Test func aChainOfDoubledLinksDoesNotExplode() throws {
        try tree.touch(["b/1.jpg", "a/d0/1.jpg"])
        for i in 1...40 {
            try tree.makeFolder("a/d\(i)")
            try tree.link("a/d\(i)/x", to: "../d\(i - 1)")
            try tree.link("a/d\(i)/y", to: "../d\(i - 1)")
        }
        #expect(try ImageSet(scanning: tree.path).samples.map(\.name) == ["a/d0/1.jpg", "b/1.jpg"])
    }

    @Test func linksToFilesFoldersAndClassesAreFollowed() throws {
        try tree.touch(["store/x/1.jpg", "store/y/2.jpg", "store/3.jpg"])
        try tree.makeFolder("set/b")
        try tree.link("set/a", to: "../store/x")
        try tree.link("set/b/inner", to: "../../store/y")
        try tree.link("set/b/3.jpg", to: "../../store/3.jpg")
        try tree.link("set/b/gone.jpg", to: "nowhere")
        let folder = try ImageSet(scanning: tree.path("set"))
        try tree.link("set/b/notes", to: "nowhere")
        #expect(folder.samples.map(\.name) == ["a/1.jpg", "b/3.jpg", "b/gone.jpg", "b/inner/2.jpg"])
        #expect(try ImageSurvey(of: folder.samples).bad.contains { $0.path == tree.path("set/b/gone.jpg") })
        #expect(try ImageSet(scanning: tree.path("set")).ignored.summary == "1 links to nothing (b/notes)")
    }

    @Test func aClassThatIsALinkToNothingIsAnError() throws {
        try tree.touch(["a/1.jpg", "b/1.jpg"])
        try tree.link("c", to: "nowhere")
        let error = #expect(throws: DatasetError.self) { try ImageSet(scanning: tree.path) }
        #expect(error?.description.hasPrefix("\(tree.path("c")): cannot be read: a link that leads nowhere") == true)
    }

    @Test func wrappersThatContainThemselvesEnd() throws {
        try tree.makeFolder("train")
        try tree.link("train/train", to: ".")
        #expect(throws: DatasetError.self) { try ImageSet(scanning: tree.path("train")) }
    }

    @Test func pipesAreNotOpened() throws {
        try tree.touch(["a/1.jpg", "b/1.jpg"])
        #expect(mkfifo(tree.path("a/2.jpg"), 0o600) == 0)
        let folder = try ImageSet(scanning: tree.path)
        #expect(folder.samples.count == 2)
        #expect(folder.ignored.entries.map(\.kind) == [.specialFile])
    }

    /// Holes take no space on the disk, and would take all memory.
    @Test func endlessFilesAreNotRead() throws {
        let names = ["1.jpg", "2.jpg"]
        try tree.touch(names)
        for name in names { try #require(truncate(tree.path(name), 1 << 40) == 0) }
        let samples = names.map { Sample(path: tree.path($0), name: $0) }
        #expect(IdenticalFiles.groups(samples).isEmpty)
        #expect(try ImageSurvey(of: samples).bad.map(\.reason) == names.map { _ in "cannot be read: File too large" })
    }

    @Test func strangeNamesSurvive() throws {
        let names = ["a/line\nbreak.jpg", "a/comma, \"quote\".jpg", "a/雪 ❄️.jpg", "b, c/ .jpg", "b, c/-r.jpg"]
        try tree.touch(names)
        let folder = try ImageSet(scanning: tree.path)
        #expect(Set(folder.samples.map(\.name)) == Set(names))
        #expect(folder.samples.allSatisfy { FileManager.default.fileExists(atPath: $0.path) })
        #expect(folder.ignoredFiles == 0)
    }

    @Test func namesThatAreNotUTF8AreNamesToo() throws {
        let (cheese, above) = (String(fileName: [0x6B, 0xE4, 0x73, 0x65]), String(fileName: [0xFC, 0x62, 0x65, 0x72]))
        try tree.makeFolder("a")
        try tree.makeFolder("kz")
        #expect(FileSystem.makeFolder(tree.path(cheese)))
        for (number, name) in ["a/1.png", "a/\(above).png", "\(cheese)/1.png", "\(cheese)/\(above).png", "kz/1.png"]
            .enumerated()
        {
            try tree.writeImage("image.png", number: number)
            #expect(FileSystem.rename(tree.path("image.png"), to: tree.path(name)))
        }
        let folder = try ImageSet(scanning: tree.path)
        #expect(folder.classNames == ["a", "kz", cheese], "in the order of the bytes")
        #expect(folder.ignored.entries.isEmpty)
        #expect(folder.samples.count == 5)
        #expect(try ImageSurvey(of: folder.samples).bad.isEmpty)
        let samples = ListedImages([tree.path(cheese)]).samples
        #expect(samples.map(\.name) == [tree.path("\(cheese)/1.png"), tree.path("\(cheese)/\(above).png")])
    }

    @Test func classesThatOnlyUnicodeTellsApartAreAnError() throws {
        try tree.touch(["caf\u{E9}/1.jpg", "cafe\u{301}/1.jpg"])
        #expect(throws: DatasetError.twinClasses(path: tree.path, name: "café")) {
            try ImageSet(scanning: tree.path)
        }
    }

    @Test func filesThatOnlyUnicodeTellsApartAreTwoImages() throws {
        try tree.writeImage("a/caf\u{E9}.png", number: 1)
        try tree.writeImage("a/cafe\u{301}.png", number: 2)
        try tree.writeImage("b/1.png", number: 3)
        let folder = try ImageSet(scanning: tree.path)
        #expect(folder.samples.count == 3)
        let cache = ImageCache(budgetBytes: 1 << 20)
        for _ in 0..<2 {
            let images = try folder.samples.map { try cache.image($0.content) }
            #expect(Set(images).count == 3)
        }
    }

    @Test func aFolderThatMayNotBeReadIsAnError() throws {
        try tree.touch(["a/1.jpg", "a/locked/2.jpg", "b/1.jpg"])
        chmod(tree.path("a/locked"), 0)
        defer { chmod(tree.path("a/locked"), 0o700) }
        try asNobody {
            #expect(throws: DatasetError.unreadable(path: tree.path("a/locked"), reason: "Permission denied")) {
                try ImageSet(scanning: tree.path)
            }
        }
    }

    @Test func aFolderThatMayBeListedButNotEnteredIsAnError() throws {
        try tree.touch(["a/1.jpg", "b/1.jpg"])
        chmod(tree.path("b"), 0o444)
        defer { chmod(tree.path("b"), 0o700) }
        try asNobody {
            #expect(throws: DatasetError.unreadable(path: tree.path("b"), reason: "Permission denied")) {
                try ImageSet(scanning: tree.path)
            }
        }
    }

    @Test func whatCanBeReadBesideAFolderThatCannotIsListed() throws {
        try tree.touch(["a/1.jpg", "a/locked/2.jpg", "b/1.jpg", "c/3.jpg"])
        for folder in ["a/locked", "b"] { chmod(tree.path(folder), 0) }
        defer { for folder in ["a/locked", "b"] { chmod(tree.path(folder), 0o700) } }
        try asNobody {
            let reason = "the folder cannot be read: Permission denied"
            let all = ListedImages([tree.path])
            #expect(all.samples.map(\.path) == ["a/1.jpg", "c/3.jpg"].map(tree.path))
            #expect(Set(all.bad) == Set(["a/locked", "b"].map { BadImage(path: tree.path($0), reason: reason) }))
            let each = ListedImages(["b", "c"].map(tree.path))
            #expect(each.samples.map(\.path) == [tree.path("c/3.jpg")])
            #expect(each.bad == [BadImage(path: tree.path("b"), reason: reason)])
        }
    }

    /// Runs the body without root's right to read everything, which on Linux a thread can lay down for file access.
    private func asNobody(_ body: () throws -> Void) throws {
        guard getuid() == 0 else { return try body() }
        typealias SetUser = @convention(c) (uid_t) -> Int32
        let symbol = try #require(dlsym(nil, "setfsuid"))
        let setUser = unsafeBitCast(symbol, to: SetUser.self)
        chmod(tree.path, 0o755)
        _ = setUser(65534)
        defer { _ = setUser(0) }
        try body()
    }
}

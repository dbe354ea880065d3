import Downloads
import Files
import Foundation
import Networks
import Recipes
import TestSupport
import Testing

@Suite struct WeightCatalogTests {
    private let folder: TemporaryDirectory

    init() throws {
        folder = try TemporaryDirectory()
        try FileManager.default.createDirectory(atPath: folder.file("Weights"), withIntermediateDirectories: true)
    }

    private func catalog(_ text: String) throws -> WeightCatalog {
        let path = folder.file("Weights/catalog.yaml")
        try Data(text.utf8).write(to: URL(fileURLWithPath: path))
        return try WeightCatalog(path: path)
    }

    private static let entries = """
        digits: {architecture: resnet20, layout: finetune, preprocessing: torch, classes: 10, file: Weights/digits.h5}
        keras-resnet50:
          architecture: resnet50
          layout: keras-legacy
          preprocessing: caffe
          form: original
          url: https://example.org/weights/resnet50.h5
          note: the newer of two files of this name

        """

    @Test func entriesAreFoundByName() throws {
        let catalog = try catalog(Self.entries)
        #expect(catalog.entries.map(\.name) == ["digits", "keras-resnet50"])
        #expect(catalog.path(of: catalog.entries[0]) == folder.file("Weights/digits.h5"))
        #expect(catalog.path(of: catalog.entries[1]) == folder.file("Weights/resnet50.h5"))
        try Data().write(to: URL(fileURLWithPath: folder.file("Weights/digits.h5")))
        let found = try catalog.resolve("digits", offline)
        #expect(found.path == folder.file("Weights/digits.h5"))
        #expect(found.entry?.architecture == .resNet20)
    }

    @Test func pathsComeBeforeNames() throws {
        let catalog = try catalog(Self.entries)
        let found = try catalog.resolve(folder.file("Weights/catalog.yaml"), offline)
        #expect(found.entry == nil)
    }

    private var offline: Fetcher {
        var settings = FetchSettings(cache: folder.file("cache"))
        settings.isOffline = true
        return Fetcher(settings)
    }

    @Test func whatIsNotHereWouldBeFetched() throws {
        let catalog = try catalog(Self.entries)
        guard case .away(let weights, let entry) = try catalog.place(of: "keras-resnet50", offline) else {
            Issue.record("it is nowhere")
            return
        }
        #expect(entry == catalog.entries[1] && weights.name == "keras-resnet50")
        #expect(try offline.words(for: weights) == "https://example.org/weights/resnet50.h5")
        let error = #expect(throws: DownloadError.self) { try catalog.resolve("keras-resnet50", offline) }
        #expect(error?.kind == .data)
        #expect("\(try #require(error))".contains("it would come from https://example.org/weights/resnet50.h5 to "))
        #expect(throws: WeightSourceError.self) { try catalog.resolve("digits", offline) }
    }

    /// By hand into the folder beside the catalogue, or into the cache.
    @Test func whatIsHereIsNotFetched() throws {
        let catalog = try catalog(Self.entries)
        let path = folder.file("Weights/resnet50.h5")
        try Data().write(to: URL(fileURLWithPath: path))
        #expect(try catalog.resolve("keras-resnet50", offline).path == path)
        let sized = try self.catalog(Self.entries + "  size: 5\n")
        #expect(throws: DownloadError.self) { try sized.resolve("keras-resnet50", offline) }
        try Data("12345".utf8).write(to: URL(fileURLWithPath: path))
        #expect(try sized.resolve("keras-resnet50", offline).path == path)
    }

    @Test func aPathInTheCacheIsKnown() throws {
        let catalog = try catalog(Self.entries)
        let url = try #require(WebAddress("https://example.org/weights/resnet50.h5"))
        let path = offline.path(
            of: Download(name: "keras-resnet50", url: url, place: CachePlace(named: "keras-resnet50", at: url)))
        #expect(catalog.entry(of: path, offline) == nil)
        try FileManager.default.createDirectory(
            atPath: FileSystem.folder(of: path), withIntermediateDirectories: true)
        try Data().write(to: URL(fileURLWithPath: path))
        #expect(catalog.entry(of: path, offline)?.name == "keras-resnet50")
        #expect(try catalog.resolve(path, offline).entry?.name == "keras-resnet50")
        #expect(try catalog.resolve("keras-resnet50", offline).path == path)
    }

    @Test func namesThatAreUnknownAreExplained() throws {
        let catalog = try catalog(Self.entries)
        #expect {
            try catalog.resolve("keras-resnet5", offline)
        } throws: {
            "\($0)"
                == "there is no weight file keras-resnet5, nor has the catalogue an entry of this name; did you mean `keras-resnet50`?"
        }
        #expect(throws: AddressError.self) { try catalog.resolve("hf://nobody", offline) }
        #expect(throws: DownloadError.self) { try catalog.resolve("hf://somebody/else", offline) }
    }

    @Test func everyAddressOfTheShippedCatalogueCanBeFetched() throws {
        let catalog = try WeightCatalog(path: "\(packageRoot)/Weights/catalog.yaml")
        for entry in catalog.entries where entry.url != nil {
            let place = try catalog.place(of: entry.name, offline)
            if case .away(let weights, _) = place { #expect(try !offline.words(for: weights).isEmpty) }
        }
    }

    @Test func filesAreToldByTheirChecksums() throws {
        let path = folder.file("resnet50.h5")
        try Data("abc".utf8).write(to: URL(fileURLWithPath: path))
        func verdict(_ sums: String) throws -> WeightCatalog.Verdict { try catalog(Self.entries + sums).verify(path) }
        let sha256 = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"
        #expect(try verdict("") == .unknown(sha256: sha256))
        for sum in ["md5: \"900150983cd24fb0d6963f7d28e17f72\"", "sha256: ba7816bf", "sha256: \(sha256)"] {
            guard case .published(let entry) = try verdict("  \(sum)\n") else {
                Issue.record("\(sum)")
                continue
            }
            #expect(entry.name == "keras-resnet50")
        }
        guard case .other(let entry, let found, let expected) = try verdict("  sha256: ba7816b0\n") else {
            Issue.record("it is another file")
            return
        }
        #expect(entry.name == "keras-resnet50" && found == .sha256("ba7816bf") && expected == .sha256("ba7816b0"))
        #expect(throws: WeightSourceError.self) { try catalog(Self.entries).verify(folder.file("absent.h5")) }
    }

    @Test(arguments: [
        ("a: 1\n", "Weights/catalog.yaml:1:4: catalogue.a: expected a map, found 1"),
        (
            "a: {architecture: [x]}\n",
            "Weights/catalog.yaml:1:19: catalogue.a.architecture: expected text or a number, found a list"
        ),
        ("a: {architecture: resnet20}\n", "Weights/catalog.yaml: a: `layout` is missing"),
        ("a: {archtecture: resnet20}\n", "Weights/catalog.yaml: a: the key `archtecture` is unknown"),
    ])
    func faultsAreNamed(text: String, message: String) {
        #expect {
            try catalog(text)
        } throws: { "\($0)".hasSuffix(message) }
    }

    /// Those whose publishers tell no sum.
    private static let unsummed: Set = ["squeezenet1_1-keras", "mobilenet_v2-keras", "mobilenet_v2-keras-notop"]

    @Test func theTableIsByArchitectures() throws {
        let catalog = try catalog(
            Self.entries + """
                other-resnet20: {architecture: resnet20, layout: torch, preprocessing: torch, url: hf://someone/resnet20}
                third-resnet50:
                  architecture: resnet50
                  layout: torch
                  preprocessing: torch
                  classes: 1000
                  top1: 76.13
                  url: https://example.org/third.pth
                  licence: MIT
                  licence_source: https://example.org/licence

                """)
        try Data().write(to: URL(fileURLWithPath: folder.file("Weights/digits.h5")))
        #expect(
            catalog.table.lines == [
                "                    classes  top-1  file            licence", "  resnet50",
                "    keras-resnet50     none         example.org",
                "    third-resnet50     1000   76.1  example.org     MIT", "  resnet20",
                "    digits               10         here",
                "    other-resnet20     none         huggingface.co",
            ])
    }

    @Test func theFileOfThePackageIsKnownByItsSum() throws {
        let catalog = try WeightCatalog(path: "\(packageRoot)/Weights/catalog.yaml")
        let verdict = try catalog.verify("\(packageRoot)/Weights/cifar10-resnet20.h5")
        guard case .published(let entry) = verdict else {
            Issue.record("\(verdict)")
            return
        }
        #expect(entry.name == "cifar10-resnet20")
    }

    @Test func theShippedCatalogueIsSound() throws {
        let path = "\(packageRoot)/Weights/catalog.yaml"
        let catalog = try WeightCatalog(path: path)
        #expect(!catalog.entries.isEmpty)
        for entry in catalog.entries where entry.file != nil {
            #expect(FileManager.default.fileExists(atPath: catalog.path(of: entry)), "\(entry.name)")
        }
        #expect(Set(catalog.entries.map(\.architecture)) == Set(Architecture.catalogue))
        for entry in catalog.entries {
            #expect(entry.licence != nil, "\(entry.name)")
            // What is fetched is told apart from what was cut short or exchanged, by the publisher's sum or Hugging Face's.
            let isChecked = entry.md5 != nil || entry.sha256Prefix != nil || entry.url?.hasPrefix("hf://") == true
            #expect(isChecked || Self.unsummed.contains(entry.name), "\(entry.name)")
            guard let list = entry.classNames else { continue }
            #expect(try ClassList(path: "\(packageRoot)/\(list)").names.count == entry.classCount, "\(entry.name)")
        }
    }
}

/// The catalogue inside the program, for one that lies alone.
@Suite struct BuiltInCatalogTests {
    private let folder: TemporaryDirectory

    init() throws {
        folder = try TemporaryDirectory()
        try FileManager.default.createDirectory(atPath: folder.file("bin"), withIntermediateDirectories: true)
        try Data().write(to: URL(fileURLWithPath: folder.file("bin/finetune")))
    }

    private func standard() throws -> WeightCatalog {
        try WeightCatalog.standard(in: folder.path, program: folder.file("bin/finetune"))
    }

    private var offline: Fetcher {
        var settings = FetchSettings(cache: folder.file("cache"))
        settings.isOffline = true
        return Fetcher(settings)
    }

    @Test func itIsTheShippedOne() throws {
        let shipped = try WeightCatalog(path: "\(packageRoot)/Weights/catalog.yaml")
        let builtIn = try standard()
        #expect(builtIn.entries == shipped.entries)
        for entry in builtIn.entries {
            let (list, other) = try (builtIn.classes(of: entry), shipped.classes(of: entry))
            #expect(list?.names == other?.names && list?.identifiers == other?.identifiers, "\(entry.name)")
            #expect((list == nil) == (entry.classNames == nil))
        }
    }

    @Test func aFileComesFirst() throws {
        let entry = "digits: {architecture: resnet20, layout: torch, preprocessing: torch, url: hf://a/b}\n"
        for place in ["bin", "."] {
            let path = folder.file("\(place)/Weights")
            try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
            try Data(entry.replacing("digits", with: place == "." ? "here" : "above").utf8)
                .write(to: URL(fileURLWithPath: "\(path)/catalog.yaml"))
            #expect(try standard().entries.map(\.name) == [place == "." ? "here" : "above"])
        }
    }

    /// It does not come along.
    @Test func theFileOfThePackageIsThere() throws {
        let catalog = try standard()
        let error = #expect(throws: WeightSourceError.self) { try catalog.resolve("cifar10-resnet20", offline) }
        #expect(
            error?.description
                == "the weights cifar10-resnet20 are not here: they lie in finetune's package as Weights/cifar10-resnet20.h5, not in the "
                + "program; start it in the package's folder, or give the path of the file")
        #expect(catalog.table.lines.contains { $0.contains("cifar10-resnet20") && $0.contains("in the package") })
    }
}

/// What stands for weights in `inspect` and `diff`.
@Suite struct WeightFileTests {
    @Test func aFolderIsARunOrHoldsWeights() throws {
        let folder = try TemporaryDirectory()
        let fetcher = Fetcher(FetchSettings(cache: folder.file("cache")))
        try Data().write(to: URL(fileURLWithPath: folder.file("model.safetensors")))
        #expect(try ModelSource.weightFile(folder.path, fetcher).path == folder.path)
        try Data().write(to: URL(fileURLWithPath: folder.file("model.h5")))
        #expect(try ModelSource.weightFile(folder.path, fetcher).path == folder.file("model.h5"))
        let named = try ModelSource.weightFile("cifar10-resnet20", fetcher)
        #expect(named.path.hasSuffix("/Weights/cifar10-resnet20.h5") && named.known.architecture == .resNet20)
    }
}

@Suite struct ClassListTests {
    private let folder: TemporaryDirectory

    init() throws { folder = try TemporaryDirectory() }

    private func list(_ text: String) throws -> ClassList {
        let path = folder.file("classes.txt")
        try Data(text.utf8).write(to: URL(fileURLWithPath: path))
        return try ClassList(path: path)
    }

    @Test func aLineIsANameOrAnIdentifierAndAName() throws {
        let plain = try list("cat\ndog\r\n\n")
        #expect(plain.names == ["cat", "dog"] && plain.identifiers == nil)
        let identified = try list("n1\tcrane\nn2\ttench\nn3\tcrane\n")
        #expect(identified.names == ["crane (n1)", "tench", "crane (n3)"])
        #expect(identified.identifiers == ["n1", "n2", "n3"])
    }

    @Test(arguments: [
        ("cat\ncat\n", "names a class twice"), ("n1\tcat\nn1\tdog\n", "names a class twice"),
        ("cat\n\t\n", "has a line without a name"),
    ]) func faultsAreNamed(text: String, reason: String) {
        let error = #expect(throws: RecipeFileError.self) { try list(text) }
        #expect(error?.reason == reason)
    }
}

import Files
import Foundation
import TestSupport
import Testing

/// Weights that are not here, through the whole program.
@Suite struct WeightsCommandTests {
    private let folder: TemporaryDirectory
    private let server: TestServer

    init() throws {
        folder = try smallData()
        try writeSmallModel(to: folder.file("w.h5"), classNames: ["blue", "green", "red"])
        server = try TestServer(root: folder.path)
        _ = FileSystem.makeFolder(folder.file("Weights"))
        try writeCatalogue()
    }

    private func writeCatalogue(sum: String? = nil) throws {
        let bytes = try #require(FileSystem.bytes(of: folder.file("w.h5")))
        func entry(_ name: String, _ path: String, at host: String? = nil) -> String {
            """
            \(name):
              architecture: resnet20
              layout: finetune
              preprocessing: torch
              classes: 3
              image_size: 16
              url: \(host ?? server.url)\(path)
              licence: MIT
              licence_source: https://example.org/licence
              note: small
              sha256: "\(sum ?? SHA256.hexDigest(bytes))"

            """
        }
        let text =
            entry("whole", "/file/w.h5") + entry("cut", "/cut-file/\(bytes.count / 2 + 1)/w.h5")
            + entry("slow", "/slow-file/1000/w.h5") + entry("distant", "/file/w.h5", at: "http://weights.invalid")
        try OutputFile.write(text, to: folder.file("Weights/catalog.yaml"))
    }

    private func start(_ arguments: String...) throws -> Tool.Running {
        try Tool.start(
            arguments, in: folder.path, environment: ["FINETUNE_CACHE": "cache", "HF_ENDPOINT": server.url])
    }

    private func run(_ arguments: String...) throws -> Tool.Outcome {
        try Tool.start(
            arguments, in: folder.path, environment: ["FINETUNE_CACHE": "cache", "HF_ENDPOINT": server.url]
        ).outcome()
    }

    private func cached() throws -> [String] {
        try FileManager.default.subpathsOfDirectory(atPath: folder.file("cache/weights")).sorted()
    }

    @Test(arguments: ["whole", "cut", "hf://someone/model/w.h5"]) func predictFetchesWhatItNeeds(name: String) throws {
        let known = try run("predict", "data/test", "--weights", "w.h5")
        #expect(known.exitCode == 0, "\(known.words)")
        let first = try run("predict", "data/test", "--weights", name)
        #expect(first.exitCode == 0 && first.output == known.output, "\(first.words)")
        #expect(first.words.contains("fetching \(name) from \(server.url)/"))
        #expect(!first.words.contains("\u{1B}"))
        let count = try server.requests().count
        let again = try run("predict", "data/test", "--weights", name, "--offline")
        #expect(
            again.exitCode == 0 && again.output == known.output && !again.words.contains("fetching"), "\(again.words)")
        #expect(try server.requests().count == count)
    }

    @Test func proxiesAreAsked() throws {
        func fetch(_ variables: [String: String]) throws -> Tool.Outcome {
            let environment = variables.merging(["FINETUNE_CACHE": "cache"]) { $1 }
            return try Tool.start(["weights", "fetch", "distant"], in: folder.path, environment: environment).outcome()
        }
        let alone = try fetch(["http_proxy": server.url, "no_proxy": "weights.invalid"])
        #expect(alone.exitCode == 1)
        #expect(alone.words.contains("from http://weights.invalid/file/w.h5: its host is not known ("))
        let through = try fetch(["http_proxy": server.url, "no_proxy": ""])
        #expect(through.exitCode == 0, "\(through.words)")
        #expect(try server.requests().map(\.path) == ["http://weights.invalid/file/w.h5"])
    }

    @Test func whatLiesInWeightsIsNotFetched() throws {
        try FileManager.default.copyItem(atPath: folder.file("w.h5"), toPath: folder.file("Weights/w.h5"))
        let outcome = try run("predict", "data/test", "--weights", "whole")
        #expect(outcome.exitCode == 0, "\(outcome.words)")
        #expect(try server.requests().isEmpty)
    }

    @Test(arguments: [
        ["predict", "data/test", "--weights", "whole"], ["weights", "fetch", "whole"],
        ["--recipe", "small.yaml", "--set", "model.weights=whole"],
        ["check", "--recipe", "small.yaml", "--set", "model.weights=whole"],
        ["features", "--data", "data/test", "--output", "f.csv", "--weights", "whole"],
    ]) func offlineFetchesNothing(arguments: [String]) throws {
        let outcome = try Tool.start(
            arguments + ["--offline"], in: folder.path, environment: ["FINETUNE_CACHE": "cache"]
        ).outcome()
        #expect(outcome.exitCode == 3 && outcome.output.isEmpty)
        #expect(
            outcome.words.contains(
                "whole is not here, and --offline lets nothing be fetched: it would come from \(server.url)/file/w.h5"))
        #expect(try server.requests().isEmpty)
    }

    @Test func aRecipeFetchesAndACheckDoesNot() throws {
        let check = try run("check", "--recipe", "small.yaml", "--set", "model.weights=whole")
        #expect(check.exitCode == 0, "\(check.words)")
        #expect(
            check.output.contains(
                "\nweights  not here yet: the run fetches \(server.url)/file/w.h5; whether they fit is seen then\n"))
        #expect(try server.requests().isEmpty)
        let train = try run("--recipe", "small.yaml", "--set", "model.weights=whole", "--set", "stages.1.epochs=1")
        #expect(train.exitCode == 0, "\(train.words)")
        #expect(try server.requests().count == 1)
        let later = try run("check", "--recipe", "small.yaml", "--set", "model.weights=whole")
        #expect(later.exitCode == 0 && !later.output.contains("not here"))
    }

    @Test func aSpoiltFileIsNotTaken() throws {
        try writeCatalogue(sum: "01234567")
        let outcome = try run("predict", "data/test", "--weights", "whole")
        #expect(outcome.exitCode == 3 && outcome.output.isEmpty)
        #expect(outcome.words.contains("and that of the published file SHA-256 01234567…, so it was deleted; "))
        #expect(try cached().isEmpty)
    }

    @Test(arguments: [true, false]) func whatIsEndedGoesOn(gently: Bool) throws {
        let running = try start("weights", "fetch", "slow")
        while running.isRunning, try !hasPart() { Thread.sleep(forTimeInterval: 0.02) }
        if gently { running.interrupt() } else { running.kill() }
        let ended = running.outcome()
        #expect(ended.exitCode == (gently ? 130 : SIGKILL))
        #expect(
            !gently || ended.words.hasSuffix("are kept: the same command goes on from there\ninterrupted\n"),
            "\(ended.words)")
        #expect(try cached().contains { $0.hasSuffix(".part") })
        let again = try run("weights", "fetch", "slow")
        #expect(again.exitCode == 0, "\(again.words)")
        #expect(FileSystem.bytes(of: String(again.output.dropLast())) == FileSystem.bytes(of: folder.file("w.h5")))
        #expect(try cached().count == 1)
        #expect(try server.requests().last?.range?.hasPrefix("bytes=") == true)
    }

    private func hasPart() throws -> Bool {
        guard let files = try? cached(), let part = files.first(where: { $0.hasSuffix(".part") }) else { return false }
        return FileSystem.status(of: folder.file("cache/weights/\(part)")).map { $0.st_size >= 1000 } ?? false
    }

    @Test func twoProcessesFetchOnce() throws {
        let first = try start("weights", "fetch", "slow")
        while first.isRunning, try !hasPart() { Thread.sleep(forTimeInterval: 0.02) }
        let second = try start("weights", "fetch", "slow")
        second.wait(for: "waiting for process \(first.identifier), which fetches it")
        let (one, other) = (first.outcome(), second.outcome())
        #expect(one.exitCode == 0 && other.exitCode == 0 && one.output == other.output, "\(one.words)\(other.words)")
        #expect(other.words.contains("waiting for process"))
        #expect(try server.requests().count == 1)
    }

    @Test func filesAreVerified() throws {
        let known = try run("weights", "verify", "w.h5")
        #expect(known.exitCode == 0 && known.output == "w.h5\twhole\n", "\(known.words)")
        try OutputFile.write("something else", to: folder.file("Weights/w.h5"))
        try OutputFile.write("something else", to: folder.file("x.h5"))
        let other = try run("weights", "verify", "w.h5", "Weights/w.h5", "x.h5")
        #expect(other.exitCode == 3 && other.output == "w.h5\twhole\n")
        #expect(
            other.words.contains("Weights/w.h5: is called as whole is, and is not that file: its checksum is SHA-256 "))
        #expect(other.words.contains("2 of 3 files are none of the catalogue's"))
    }

    @Test func whatCannotBeVerifiedKeepsNothingElseFromIt() throws {
        let outcome = try run("weights", "verify", "absent.h5", "w.h5", "small.yaml")
        #expect(outcome.exitCode == 3 && outcome.output == "w.h5\twhole\n", "\(outcome.words)")
        #expect(
            outcome.words.hasPrefix("absent.h5: cannot be read: No such file or directory\nw.h5: is whole, by its "))
        #expect(
            outcome.words.contains(
                "\nerror: 1 of 3 files cannot be read; 1 of 3 files is none of the catalogue's; `finetune weights fetch` gets"
            ))
    }

    /// A file that came without a checksum, of the right beginning and no more.
    @Test func whatCameAndCannotBeReadIsToBeDeleted() throws {
        let bytes = try #require(FileSystem.bytes(of: folder.file("w.h5")))
        try Data(bytes.prefix(bytes.count / 2)).write(to: URL(fileURLWithPath: folder.file("half.h5")))
        let outcome = try run("inspect", "hf://someone/model/half.h5")
        #expect(outcome.exitCode == 3, "\(outcome.words)")
        #expect(
            outcome.words.contains(/; it was fetched: delete \/.*\/half\.h5, and the same command fetches it again\n/),
            "\(outcome.words)")
        #expect(try !run("inspect", "half.h5").words.contains("it was fetched"))
    }

    @Test func inspectTakesNames() throws {
        let known = try run("inspect", "w.h5")
        let named = try run("inspect", "whole")
        #expect(named.exitCode == 0 && named.words.contains("fetching whole from "), "\(named.words)")
        #expect(known.output.split(separator: "\n").dropFirst() == named.output.split(separator: "\n").dropFirst())
        #expect(try run("inspect", "absent").words.contains("there is no weight file absent"))
    }

    /// Nothing but the program, in a folder of its own.
    @Test func theProgramAloneHasTheCatalogue() throws {
        let alone = try TemporaryDirectory()
        let outcome = try Tool.shell(#"cp "$0" finetune && ./finetune weights list"#, in: alone.path)
        #expect(outcome.exitCode == 0, "\(outcome.words)")
        #expect(outcome.output.contains(/resnet50-torchvision +1000 +[\d.]+ +download.pytorch.org/))
    }

    @Test func theListTellsWhatIsHere() throws {
        #expect(try run("weights", "list").output.contains(/whole +3 +localhost/))
        let fetched = try run("weights", "fetch", "whole")
        #expect(fetched.words.hasSuffix("\nwhole: licence: MIT (https://example.org/licence)\nwhole: small\n"))
        #expect(try run("weights", "list").output.contains(/whole +3 +here/))
    }

    @Test func thereMustBeASecondWord() throws {
        for arguments in [["weights"], ["weights", "lst"]] {
            let outcome = try Tool.start(arguments, in: folder.path).outcome()
            #expect(outcome.exitCode == 2)
            #expect(
                outcome.words.contains("expected `weights list`, `weights fetch` or `weights verify`, found `weights"))
        }
        #expect(try run("weights", "--help").output == run("help", "weights").output)
        #expect(try run("weights", "--help").output.contains("finetune weights verify FILE…"))
        #expect(try run("help", "weights", "fetch").output.contains("finetune weights fetch NAME… [--offline]"))
    }

    @Test func theFirstRecipeSaysWhereItsDataIs() throws {
        let outcome = try run("--recipe", "\(packageRoot)/Recipes/intel-images.yaml")
        #expect(outcome.exitCode == 3)
        let place = try #require(FileSystem.absolutePath(of: folder.path))
        #expect(
            outcome.words
                == "error: the images are not here: get them from https://www.kaggle.com/datasets/puneet6060/intel-image-classification, "
                + "unpacked to data/intel, so that they lie at \(place)/data/intel/seg_train\n")
    }
}

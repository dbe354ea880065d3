import Downloads
import Files
import Foundation
import TestSupport
import Testing

@Suite struct HuggingFaceTests {
    private let root: TemporaryDirectory
    private let scene: FetchScene

    init() throws {
        root = try TemporaryDirectory()
        scene = try FetchScene(root: root.path)
    }

    private func put(_ text: String, _ name: String) throws { try OutputFile.write(text, to: root.file(name)) }

    private func fetch(_ name: String) throws -> String {
        try scene.fetcher.fetch(RemoteWeights(name: name, address: name))
    }

    private func folder(_ name: String) -> String { "\(scene.settings.cache)/hf/\(name)" }

    @Test func safetensorsComeWithTheirConfiguration() throws {
        try put("weights", "model.safetensors")
        try put("{}", "config.json")
        #expect(try fetch("hf://timm/resnet") == folder("timm/resnet/main/model.safetensors"))
        #expect(scene.files.map { $0.split(separator: "/").last } == ["config.json", "model.safetensors"])
        let count = try scene.server.requests().count
        #expect(try fetch("hf://timm/resnet") == folder("timm/resnet/main/model.safetensors"))
        #expect(try scene.server.requests().count == count)
        #expect(try fetch("hf://timm/resnet@v2/model.safetensors") == folder("timm/resnet/v2/model.safetensors"))
        scene.settings.isOffline = true
        #expect(try fetch("hf://timm/resnet") == folder("timm/resnet/main/model.safetensors"))
        let error = #expect(throws: DownloadError.self) { try fetch("hf://timm/vgg") }
        #expect(
            "\(try #require(error))".hasPrefix(
                "hf://timm/vgg/model.safetensors is not here, and --offline lets nothing"))
    }

    @Test func shardsComeWithTheirIndex() throws {
        try put(
            #"{"weight_map": {"a": "one.safetensors", "b": "two.safetensors", "c": "one.safetensors"}}"#,
            "model.safetensors.index.json")
        try put("1", "one.safetensors")
        try put("2", "two.safetensors")
        #expect(try fetch("hf://o/n") == folder("o/n/main/model.safetensors.index.json"))
        #expect(FileSystem.bytes(of: folder("o/n/main/two.safetensors")) == Array("2".utf8))
        FileSystem.remove(folder("o/n/main/one.safetensors"))
        _ = try fetch("hf://o/n")
        #expect(FileSystem.exists(folder("o/n/main/one.safetensors")))
    }

    /// transformers writes what prepares images into a file of its own.
    @Test func whatPreparesImagesComesAlong() throws {
        try put("weights", "model.safetensors")
        try put("{}", "config.json")
        try put(#"{"size": 224}"#, "preprocessor_config.json")
        _ = try fetch("hf://microsoft/resnet")
        let names = scene.files.map(FileSystem.name)
        #expect(names == ["config.json", "model.safetensors", "preprocessor_config.json"])
    }

    @Test func olderShardsComeWithTheirIndex() throws {
        try put(#"{"weight_map": {"a": "one.bin", "b": "two.bin"}}"#, "pytorch_model.bin.index.json")
        try put("1", "one.bin")
        try put("2", "two.bin")
        #expect(try fetch("hf://o/n") == folder("o/n/main/pytorch_model.bin.index.json"))
        #expect(FileSystem.bytes(of: folder("o/n/main/two.bin")) == Array("2".utf8))
        try put(#"{"weight_map": {"a": "one.safetensors"}}"#, "pytorch_model.bin.index.json")
        let error = #expect(throws: HuggingFaceModelError.self) { try fetch("hf://o/other") }
        #expect(error?.description.contains("names `one.safetensors`, which is no file beside it; ") == true)
    }

    @Test func olderFilesAreTakenLast() throws {
        try put("weights", "pytorch_model.bin")
        #expect(try fetch("hf://o/n") == folder("o/n/main/pytorch_model.bin"))
        FileSystem.remove(root.file("pytorch_model.bin"))
        let error = #expect(throws: HuggingFaceModelError.self) { try fetch("hf://o/other") }
        #expect(
            error?.description.hasPrefix("there is no model hf://o/other, or it has none of model.safetensors, ")
                == true)
        let absent = #expect(throws: DownloadError.self) { try fetch("hf://o/other/own.safetensors") }
        #expect(error?.kind == .data && absent?.kind == .data)
    }

    /// The server tells the checksum of the file, and sends another one.
    @Test func theChecksumIsTheServersOwn() throws {
        try put("weights", "model.safetensors")
        let path = try fetch("hf://o/n")
        #expect(
            scene.observer.lines.contains { $0.hasSuffix("7 B have arrived and are as published") },
            "\(scene.observer.lines)")
        FileSystem.remove(path)
        try put("", "spoil")
        let error = #expect(throws: DownloadError.self) { try fetch("hf://o/n") }
        #expect("\(try #require(error))".contains("its checksum is SHA-256 "))
    }

    /// What the catalogue says counts, whatever the server tells.
    @Test func theCataloguesChecksumComesFirst() throws {
        try put("weights", "model.safetensors")
        func fetch(_ name: String, _ text: String) throws -> String {
            let sum = PublishedChecksum(sha256: SHA256.hexDigest(text.utf8))
            return try scene.fetcher.fetch(RemoteWeights(name: "w", address: name, checksum: sum))
        }
        let error = #expect(throws: DownloadError.self) { try fetch("hf://o/n", "other weights") }
        #expect("\(try #require(error))".contains("its checksum is SHA-256 "))
        #expect(try fetch("hf://o/n", "weights") == folder("o/n/main/model.safetensors"))
        FileSystem.rename(root.file("model.safetensors"), to: root.file("pytorch_model.bin"))
        let absent = #expect(throws: DownloadError.self) { try fetch("hf://o/other", "weights") }
        #expect(absent?.problem == .status(404))
    }

    @Test func gatedModelsNeedTheToken() throws {
        try put("weights", "model.safetensors")
        let error = #expect(throws: DownloadError.self) { try fetch("hf://gated/n") }
        #expect("\(try #require(error))".contains("(401): the model is gated or private"))
        scene.settings.token = "wrong"
        let other = #expect(throws: DownloadError.self) { try fetch("hf://gated/n") }
        #expect("\(try #require(other))".contains("HF_TOKEN opens no such model"))
        scene.settings.token = "secret\r\nX: y"
        #expect(throws: FetchSettingsError.self) { try fetch("hf://gated/n") }
        scene.settings.token = "secret"
        _ = try fetch("hf://gated/n")
    }

    /// Neither at another address nor behind a redirect from its own.
    @Test func theTokenGoesNowhereElse() throws {
        let other = try TestServer()
        scene.settings.token = "secret"
        _ = try scene.fetcher.fetch(scene.download("\(other.url)/plain/10"))
        _ = try scene.fetcher.fetch(scene.download("/redirect?\(other.url)/plain/20"))
        #expect(try other.requests().map(\.path) == ["/plain/10", "/plain/20"])
        #expect(try other.requests().allSatisfy { $0.authorization == nil })
        #expect(try scene.server.requests().map(\.authorization) == ["Bearer secret"])
    }

    @Test(arguments: ["../../x.safetensors", "/etc/x.safetensors", "a/b.safetensors", "x.sh", "\u{0}.safetensors"])
    func anIndexNamesNothingOutside(name: String) throws {
        try put(
            JSON.object([.init(key: "weight_map", value: ["a": .string(name)])]).text, "model.safetensors.index.json")
        let error = #expect(throws: HuggingFaceModelError.self) { try fetch("hf://o/n") }
        #expect("\(try #require(error))".contains("names `\(name)`, which is no file beside it; "))
        #expect(try scene.server.requests().allSatisfy { $0.path.hasPrefix("/o/n/resolve/main/") })
        #expect(FileManager.default.subpaths(atPath: scene.folder.path)?.allSatisfy { $0.hasPrefix("cache") } == true)
    }

    @Test func addressesThereAreNames() throws {
        let weights = try RemoteWeights(
            name: "w", address: "https://huggingface.co/timm/r.a1/resolve/main/model.safetensors")
        #expect(weights.address == .huggingFace(try HuggingFaceName("hf://timm/r.a1/model.safetensors")))
    }
}

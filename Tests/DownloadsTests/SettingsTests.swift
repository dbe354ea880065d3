import Downloads
import Files
import TestSupport
import Testing

@Suite struct SettingsTests {
    @Test func theCacheIsWhereTheEnvironmentSays() {
        #expect(FetchSettings(environment: ["FINETUNE_CACHE": "/a", "XDG_CACHE_HOME": "/b"]).cache == "/a")
        #expect(FetchSettings(environment: ["FINETUNE_CACHE": "~/a"]).cache == "~/a".expandingHome)
        #expect(FetchSettings(environment: ["XDG_CACHE_HOME": "/b"]).cache == "/b/finetune")
        #expect(FetchSettings(environment: ["XDG_CACHE_HOME": "b"]).cache == "~/.cache/finetune".expandingHome)
        #expect(FetchSettings(environment: ["FINETUNE_CACHE": ""]).cache == "~/.cache/finetune".expandingHome)
        #expect(FetchSettings(environment: ["FINETUNE_CACHE": "a"]).cache.hasPrefix("/"))
    }

    @Test func theRestIsWhereItSays() {
        let settings = FetchSettings(environment: [
            "HF_ENDPOINT": "http://mirror/", "HF_TOKEN": "t", "SSL_CERT_FILE": "/c.pem", "SSL_CERT_DIR": "/d",
        ])
        #expect(settings.endpoint == "http://mirror" && settings.token == "t")
        #expect(settings.certificateFile == "/c.pem" && settings.certificateFolder == "/d")
        #expect(FetchSettings(environment: ["HF_TOKEN": ""]).token == nil)
        #expect(FetchSettings(environment: [:]).endpoint == "https://huggingface.co")
    }

    @Test func placesInTheCacheAreHarmless() throws {
        let url = try #require(WebAddress("https://example.org/..%2f..%2fx.tar.gz?a=/../b.h5"))
        let place = CachePlace(named: "../../a b/\u{0}ü\n", at: url)
        #expect(place.path == "weights/_.._.._a_b_____-\(SHA256.hexDigest(url.description.utf8).prefix(8)).gz")
        #expect(CachePlace(["..", "", ".x", "a/b"]).path == "_../_/_.x/a_b")
        #expect(CachePlace([String(repeating: "x", count: 1000)]).path.utf8.count == 150)
        let other = try #require(WebAddress("https://example.org/other.h5"))
        #expect(CachePlace(named: "a", at: url) != CachePlace(named: "a", at: other))
    }

    @Test func checksumsAreDigits() {
        #expect(PublishedChecksum(sha256: "0676BA61") == .sha256("0676ba61"))
        #expect(PublishedChecksum(sha256: "0676ba6") == nil && PublishedChecksum(sha256: "0676ba6x") == nil)
        #expect(PublishedChecksum(md5: "0676ba61") == nil)
    }

    @Test(arguments: [
        "hf://", "hf://o", "hf://o/", "hf:///n", "hf://o/n@", "hf://o/n/", "hf://../n", "hf://o/..", "hf://o/n@..",
        "hf://o/n/../../x",
        "hf://o/n//etc/passwd", "hf://o/n@a/b\u{0}", "hf://o/ü", "hf://o/n@x@y", "hf://o/n/.hidden",
    ]) func namesThatAreNone(name: String) { #expect(throws: AddressError.self) { try HuggingFaceName(name) } }

    @Test func whatLiesInTheCacheIsKnown() throws {
        let folder = try TemporaryDirectory()
        let settings = FetchSettings(cache: folder.file("cache"))
        #expect(!settings.keeps(folder.file("cache/w.h5")))
        try OutputFile.write("", to: folder.file("cached.h5"))
        #expect(FileSystem.makeFolder(folder.file("cache")))
        try OutputFile.write("", to: folder.file("cache/w.h5"))
        #expect(settings.keeps(folder.file("cache/w.h5")))
        #expect(!settings.keeps(folder.file("cached.h5")))
    }
}

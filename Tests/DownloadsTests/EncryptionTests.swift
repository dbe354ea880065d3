import Downloads
import Files
import TestSupport
import Testing

@Suite struct EncryptionTests {
    private let folder: TemporaryDirectory

    init() throws {
        folder = try TemporaryDirectory()
        try Certificates.make(in: folder)
    }

    private func scene(_ certificate: String) throws -> FetchScene {
        let scene = try FetchScene(certificate: folder.file(certificate))
        scene.settings.certificateFile = folder.file("authority.pem")
        return scene
    }

    @Test func filesComeEncrypted() throws {
        let scene = try scene("good.pem")
        let path = try scene.fetcher.fetch(scene.download("/cut/200000/300000"))
        #expect(FileSystem.bytes(of: path) == TestServer.pattern(300_000))
    }

    @Test(arguments: [
        ("expired.pem", "certificate has expired"), ("good.pem", "unable to get local issuer certificate"),
    ])
    func certificatesThatAreNoneToTrust(certificate: String, words: String) throws {
        let scene = try scene(certificate)
        if certificate == "good.pem" {
            scene.settings.certificateFile = FetchSettings(environment: [:]).certificateFile
        }
        let error = try #require(scene.error(try scene.download("/plain/10")))
        #expect(
            "\(error)".contains(
                "its certificate is none to trust (SSL certificate problem: \(words)), so nothing was fetched"))
        #expect(scene.files.isEmpty)
    }

    @Test func certificatesThatAreMissing() throws {
        let scene = try scene("good.pem")
        scene.settings.certificateFile = folder.file("absent.pem")
        let error = try #require(scene.error(try scene.download("/plain/10")))
        #expect("\(error)".contains("the certificates to trust cannot be read"))
    }

    @Test func noRedirectLeavesEncryption() throws {
        let plain = try TestServer()
        let scene = try scene("good.pem")
        let error = try #require(scene.error(try scene.download("/redirect?\(plain.url)/plain/10")))
        #expect(
            "\(error)".contains("it redirects from HTTPS to plain HTTP at \(plain.url.dropFirst(7)), where anybody may")
        )
        #expect(try plain.requests().isEmpty)
    }
}

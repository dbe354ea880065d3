import Files
import Foundation

/// Where files are fetched from and kept, and how long anybody waits.
package struct FetchSettings: Sendable {
    /// The folder that everything fetched is kept in.
    package var cache: String
    /// Where names of Hugging Face lead, without a slash at its end.
    package var endpoint: String
    /// What opens gated models there; sent nowhere else.
    package var token: String?
    /// A file, and a folder, of certificates to trust; nil for what libcurl was built with.
    package var certificateFile: String?
    package var certificateFolder: String?
    /// How long connecting may take, in seconds.
    package var connectSeconds = 20
    /// How long hardly anything may arrive, in seconds.
    package var stallSeconds = 30
    /// The pauses before new attempts, in seconds.
    package var pauses = [1.0, 2, 4]
    /// Whether nothing may be fetched.
    package var isOffline = false

    package init(cache: String, endpoint: String = Self.publicEndpoint) {
        self.cache = Self.absolute(cache)
        self.endpoint = endpoint
    }

    package static let publicEndpoint = "https://huggingface.co"

    /// What the environment says: `FINETUNE_CACHE` or `XDG_CACHE_HOME`, `HF_ENDPOINT` and `HF_TOKEN`, `SSL_CERT_FILE` and
    /// `SSL_CERT_DIR`. Proxies are libcurl's: it reads `https_proxy`, `http_proxy` and `no_proxy`.
    package init(environment: [String: String] = ProcessInfo.processInfo.environment) {
        func value(_ name: String) -> String? { environment[name].flatMap { $0.isEmpty ? nil : $0 } }
        // The standard has relative paths ignored.
        let shared = value("XDG_CACHE_HOME").flatMap { $0.hasPrefix("/") ? $0 : nil } ?? "~/.cache".expandingHome
        cache = Self.absolute(value("FINETUNE_CACHE")?.expandingHome ?? "\(shared)/finetune")
        endpoint = value("HF_ENDPOINT") ?? Self.publicEndpoint
        while endpoint.hasSuffix("/") { endpoint.removeLast() }
        token = value("HF_TOKEN")
        certificateFile = value("SSL_CERT_FILE") ?? Self.certificates.first(where: FileSystem.exists)
        certificateFolder = value("SSL_CERT_DIR")
    }

    private static func absolute(_ path: String) -> String {
        path.hasPrefix("/") ? path : "\(FileSystem.absolutePath(of: ".") ?? "")/\(path)"
    }

    /// Whether a file lies in the cache, and so can be fetched anew.
    package func keeps(_ path: String) -> Bool {
        guard let folder = FileSystem.absolutePath(of: cache) else { return false }
        return (FileSystem.absolutePath(of: path) ?? path).hasPrefix("\(folder)/")
    }

    /// Scheme, host and port of the endpoint; nil where it is no address.
    var endpointOrigin: String? { WebAddress(endpoint)?.origin }

    /// - Throws: `FetchSettingsError` for a token that cannot be sent.
    func checkToken() throws(FetchSettingsError) {
        guard let token else { return }
        guard token.utf8.allSatisfy({ 0x21...0x7E ~= $0 }) else {
            throw FetchSettingsError(
                description:
                    "HF_TOKEN holds spaces, line ends or other characters that no token has; set it to the token alone")
        }
    }

    /// Where Debian, RedHat, SUSE and Alpine keep the certificates that they trust.
    private static let certificates = [
        "/etc/ssl/certs/ca-certificates.crt", "/etc/pki/tls/certs/ca-bundle.crt", "/etc/ssl/ca-bundle.pem",
        "/etc/ssl/cert.pem",
    ]
}

/// An environment variable that makes no sense.
package struct FetchSettingsError: UserFacingError, Equatable {
    package let description: String
    package var kind: ErrorKind { .usage }
}

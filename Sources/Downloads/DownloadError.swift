import Files
import Glibc

/// A file that could not be fetched.
package struct DownloadError: UserFacingError, Equatable {
    /// Why a file is not to be had.
    package enum Problem: Equatable, Sendable {
        case offline
        /// The connection or the server failed, time and again; so many bytes are there.
        case transfer(TransferFailure, kept: Int)
        /// The server answers with a number that means no.
        case status(Int)
        case redirectsWithoutEnd
        /// A redirect to something that is neither HTTP nor HTTPS.
        case strayRedirect(String)
        /// A redirect from HTTPS to HTTP, to this host.
        case unencryptedRedirect(String)
        /// The size, where it is known, is not the published one.
        case wrongSize(found: Int?, expected: Int)
        case wrongChecksum(found: PublishedChecksum, expected: PublishedChecksum)
        /// It is none of the kind that its name says; with what it is in place of that.
        case wrongContent(String)
        /// The server sends it compressed in this way, which nobody asked for.
        case encoded(String)
        /// More is to come than there is room for.
        case tooLarge(byteCount: Int, free: Int)
        /// It has more bytes than such a file can have.
        case tooLong(Int)
        /// A file of unknown size goes on and on.
        case endless
        /// The file becomes another one while it is fetched.
        case changing
        /// It cannot be stored; with the system's error number.
        case storage(Int32)
    }

    package let problem: Problem
    package let download: Download
    /// Where the file belongs in the cache.
    private let path: String
    private let cache: String
    /// Whether the address is one of Hugging Face's.
    private let isHuggingFace: Bool
    private let hasToken: Bool

    init(_ problem: Problem, _ download: Download, path: String, _ settings: FetchSettings) {
        self.problem = problem
        self.download = download
        self.path = path
        cache = settings.cache
        isHuggingFace = download.url.origin == settings.endpointOrigin
        hasToken = settings.token != nil
    }

    package var kind: ErrorKind {
        switch problem {
        case .transfer, .storage, .tooLarge, .changing: .failure
        default: .data
        }
    }

    package var description: String {
        if case .offline = problem {
            return
                "\(download.name) is not here, and --offline lets nothing be fetched: it would come from \(download.url)"
                + "\(download.sizeWords) to \(path); leave --offline out, or put the file there"
        }
        return "cannot fetch \(download.name) from \(download.url): \(reason)"
    }

    private var reason: String {
        switch problem {
        case .offline: ""
        case .transfer(let failure, let kept):
            failure.sentence + failure.remedy + (kept > 0 ? "; \(Self.keptWords(kept))" : "")
        case .status(let status): statusWords(status)
        case .redirectsWithoutEnd: "it redirects without end; try later, or \(byHand)"
        case .strayRedirect(let link):
            "it redirects to \(link.prefix(200)), which is no address of HTTP or HTTPS; \(byHand)"
        case .unencryptedRedirect(let host):
            "it redirects from HTTPS to plain HTTP at \(host), where anybody may change what comes; \(byHand)"
        case .wrongSize, .wrongChecksum: "\(difference), so it was deleted; \(otherFile)"
        case .wrongContent(let words):
            "what came \(words), so it was deleted; look at the address, and whether a network's sign-in page or a proxy answers in "
                + "its place, or \(byHand)"
        case .encoded(let encoding):
            "it comes compressed (Content-Encoding: \(encoding.prefix(40))), which was not asked for; look at the proxy, or \(byHand)"
        case .tooLarge(let byteCount, let free):
            "\(Words.bytes(byteCount)) are to come, and \(cache) has room for \(Words.bytes(free)); \(room)"
        case .tooLong(let most): "it has more than \(Words.bytes(most)), which no such file has; \(byHand)"
        case .endless:
            "it is larger than half of what \(cache) has room for, and says not how large, so it was deleted; \(room)"
        case .changing: "it changes while it is fetched; try again"
        case .storage(let code): "\(path) cannot be written: \(FileSystem.words(for: code)); \(storageRemedy(code))"
        }
    }

    private var difference: String {
        switch problem {
        case .wrongSize(let found, let expected):
            "it has \(found.map { Words.grouped($0) } ?? "more") bytes, and the published file \(Words.grouped(expected))"
        case .wrongChecksum(let found, let expected):
            "its checksum is \(found.words), and that of the published file \(expected.words)"
        default: ""
        }
    }

    private func statusWords(_ status: Int) -> String {
        switch status {
        case 401 where isHuggingFace, 403 where isHuggingFace:
            hasToken
                ? "the server refuses it (\(status)): HF_TOKEN opens no such model; accept its terms on its page, and set HF_TOKEN to "
                    + "a token that may read it"
                : "the server refuses it (\(status)): the model is gated or private, or there is none of this name; accept its terms "
                    + "on its page, and set HF_TOKEN to a token of yours"
        case 401, 403: "the server refuses it (\(status)); \(byHand)"
        case 407: "the proxy asks who you are (407); name it as https_proxy=http://USER:PASSWORD@HOST:PORT"
        case 404, 410: "there is no such file (\(status)); \(byHand)"
        default: "the server answers \(status); try later, or \(byHand)"
        }
    }

    private var byHand: String { "get the file in another way and put it at \(path)" }
    private var otherFile: String {
        "something between here and its publisher may have changed it: try again, or get the file in another way and give its path"
    }
    private var room: String { "free some space, or set FINETUNE_CACHE to a folder with more" }

    private func storageRemedy(_ code: Int32) -> String {
        switch code {
        case ENOSPC, EDQUOT, EFBIG: "\(room); what has arrived is kept"
        default: "set FINETUNE_CACHE to a folder that you may write to"
        }
    }

    /// What is said of bytes that stay for the next attempt.
    static func keptWords(_ byteCount: Int) -> String {
        "the \(Words.bytes(byteCount)) that have arrived are kept: the same command goes on from there"
    }
}

extension Download {
    /// `, 90.4 MiB`, where that is known.
    var sizeWords: String { byteCount.map { ", \(Words.bytes($0))" } ?? "" }
}

extension TransferFailure {
    /// What has happened.
    var sentence: String {
        switch kind {
        case .cut: "the connection was cut\(quoted)"
        case .silent: "there was no answer in time\(quoted)"
        case .stalled: "hardly anything came any more\(quoted)"
        case .unknownHost: "its host is not known\(quoted)"
        case .unknownProxy: "the proxy's host is not known\(quoted)"
        case .noConnection: "there is no connection\(quoted)"
        case .untrusted: "its certificate is none to trust\(quoted), so nothing was fetched"
        case .noCertificates: "the certificates to trust cannot be read\(quoted)"
        case .unavailable, .other: words.isEmpty ? "the transfer failed" : words
        }
    }

    private var quoted: String { words.isEmpty ? "" : " (\(words))" }

    /// What to do about it.
    fileprivate var remedy: String {
        switch kind {
        case .unknownHost: "; look at the network and the address, and set https_proxy where a proxy is needed"
        case .unknownProxy: "; look at https_proxy and http_proxy"
        case .noConnection: "; look at the network, and set https_proxy where a proxy is needed"
        case .untrusted:
            "; look at this machine's clock, and name the certificates of a proxy that opens connections in SSL_CERT_FILE"
        case .noCertificates: "; SSL_CERT_FILE and SSL_CERT_DIR name a file and a folder of them in PEM"
        case .cut, .silent, .stalled, .unavailable: "; try later"
        case .other: "; look at the network and the proxy, or get the file in another way"
        }
    }
}

import Files
import Glibc

/// One attempt to get what a file still lacks, through whatever redirects.
final class FileReception: ResponseReceiver {
    /// With what the server tells of it beforehand.
    private(set) var download: Download
    private let file: PartialFile
    private let fetcher: Fetcher
    private var head = ResponseHead()
    /// Whether the first server of the way is yet to answer.
    private var isFirst = true
    /// The size of the whole file, as the server has it.
    private var total: Int?
    /// Whether the body of the last answer was wanted.
    private var isTaken = false
    /// No byte beyond this is taken.
    private var limit = 0
    /// Whether some of the file was there before.
    private let resumes: Bool

    private static let mostRedirects = 10

    /// How an attempt ends, unless it fails.
    enum Outcome {
        case whole
        /// The parts do not belong together; the file is empty again.
        case mustBeginAnew
    }

    init(_ download: Download, into file: PartialFile, _ fetcher: Fetcher) {
        self.download = download
        self.file = file
        self.fetcher = fetcher
        resumes = file.byteCount > 0
    }

    /// - Throws: `TransferFailure` where the connection or the server failed; `DownloadError` where the file is not to be had;
    ///   `SystemError` and `OutputError` where it cannot be stored; `CancellationError`.
    func run() throws -> Outcome {
        var url = download.url
        for _ in 0...Self.mostRedirects {
            head = ResponseHead()
            let end = try Transfer(url: url, headers: headers(for: url), settings: fetcher.settings).perform(self)
            if case .failed(let failure) = end { throw failure }
            guard let link = head.redirect else { return try conclude() }
            url = try target(of: link, on: url)
            isFirst = false
        }
        throw error(.redirectsWithoutEnd)
    }

    private func headers(for url: WebAddress) -> [String] {
        var lines = ["User-Agent: finetune", "Accept-Encoding: identity"]
        if let token = fetcher.settings.token, url.origin == fetcher.settings.endpointOrigin {
            lines.append("Authorization: Bearer \(token)")
        }
        if file.byteCount > 0 {
            lines.append("Range: bytes=\(file.byteCount)-")
            if let validator = file.validator { lines.append("If-Range: \(validator)") }
        }
        return lines
    }

    private func target(of link: String, on url: WebAddress) throws -> WebAddress {
        guard let target = url.following(link) else { throw error(.strayRedirect(link)) }
        if url.isEncrypted && !target.isEncrypted { throw error(.unencryptedRedirect(target.host)) }
        return target
    }

    func begin(_ head: ResponseHead) throws -> Bool {
        self.head = head
        if isFirst { learn(from: head) }
        isTaken = try prepare()
        return isTaken
    }

    /// Makes ready for the body, where it is one to take.
    private func prepare() throws -> Bool {
        if [200, 206].contains(head.status), let encoding = head.encoding { throw error(.encoded(encoding)) }
        switch head.status {
        case 200:
            total = head.number("content-length")
            // What is there makes room for it.
            try checkSize(missing: total.map { $0 - file.byteCount })
            try file.restart(head.validator)
            return true
        case 206:
            let isSame = file.validator == nil || head.validator == nil || head.validator == file.validator
            guard let range = head.range, range.start == file.byteCount, isSame else { return false }
            total = range.total
            try checkSize(missing: total.map { $0 - file.byteCount })
            return true
        default: return false
        }
    }

    /// Hugging Face tells size and checksum of large files before it sends elsewhere for them.
    private func learn(from head: ResponseHead) {
        guard download.url.origin == fetcher.settings.endpointOrigin else { return }
        let tag = head["x-linked-etag"]?.filter { $0 != "\"" } ?? ""
        if download.checksum == nil, tag.utf8.count == 64 { download.checksum = PublishedChecksum(sha256: tag) }
        download.byteCount = download.byteCount ?? head.number("x-linked-size")
    }

    /// Refuses before it arrives what is not the file, or does not fit on the disk.
    private func checkSize(missing: Int?) throws {
        if let total, let expected = download.byteCount, total != expected {
            file.discard()
            throw error(.wrongSize(found: total, expected: expected))
        }
        if let most = download.limit, total ?? 0 > most { throw error(.tooLong(most)) }
        let free = fetcher.freeBytes
        if let missing, missing > free { throw error(.tooLarge(byteCount: missing, free: free)) }
        // A server that does not say how much it sends may send for ever.
        limit = total ?? download.byteCount ?? min(free / 2, download.limit ?? .max)
    }

    func take(_ bytes: UnsafeRawBufferPointer) throws {
        guard file.byteCount + bytes.count <= limit else {
            file.discard()
            throw error(download.byteCount.map { .wrongSize(found: nil, expected: $0) } ?? .endless)
        }
        try file.append(bytes)
        fetcher.observer?.show(
            FetchProgress(name: download.name, byteCount: file.byteCount, total: total ?? download.byteCount))
    }

    private func conclude() throws -> Outcome {
        switch head.status {
        case 200,
            206 where isTaken:
            return try verify()
        case 416 where head.sizeOfUnsatisfiedRange == file.byteCount: return try verify()
        case 206, 416:
            try file.restart(nil)
            return .mustBeginAnew
        case 408, 425, 429, 500...:
            throw TransferFailure(kind: .unavailable, words: "the server answers \(head.status)")
        default: throw error(.status(head.status))
        }
    }

    private func verify() throws -> Outcome {
        let wrong: DownloadError.Problem? =
            if let expected = download.byteCount, expected != file.byteCount {
                .wrongSize(found: file.byteCount, expected: expected)
            } else if let expected = download.checksum, !file.checksums.fits(expected) {
                .wrongChecksum(found: file.checksums.like(expected), expected: expected)
            } else if download.checksum == nil, let words = try file.beginning().problem(of: download.url.fileName) {
                .wrongContent(words)
            } else {
                nil
            }
        guard let wrong else { return .whole }
        if resumes && file.byteCount > 0 && head.status != 200 {
            try file.restart(nil)
            return .mustBeginAnew
        }
        file.discard()
        throw error(wrong)
    }

    private func error(_ problem: DownloadError.Problem) -> DownloadError { fetcher.error(problem, download) }
}

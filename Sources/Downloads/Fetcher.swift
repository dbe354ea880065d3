import Files
import Glibc

/// Fetches files into the cache: each once, whole and as it was published, or not at all.
package struct Fetcher: Sendable {
    package let settings: FetchSettings
    let observer: (any FetchObserver)?

    package init(_ settings: FetchSettings, observer: (any FetchObserver)? = nil) {
        self.settings = settings
        self.observer = observer
    }

    /// Where a file is, or will be.
    package func path(of download: Download) -> String { "\(settings.cache)/\(download.place.path)" }

    /// Whether a file is in the cache. What is there was checked when it came.
    package func isHere(_ download: Download) -> Bool {
        guard let status = FileSystem.status(of: path(of: download)), status.st_mode & S_IFMT == S_IFREG else {
            return false
        }
        return download.byteCount.map { $0 == Int(status.st_size) } ?? true
    }

    /// The path of a file, which is fetched where it is not there yet.
    ///
    /// Whoever fetches the same file at the same time waits for the first. What is cut off goes on at the next attempt, which is
    /// made here a few times and later by whoever asks for the file again.
    /// - Throws: `DownloadError`; `CancellationError`.
    package func fetch(_ download: Download) throws -> String {
        let path = path(of: download)
        if isHere(download) { return path }
        if settings.isOffline { throw error(.offline, download) }
        do {
            try settings.checkToken()
            try Self.makeFolders(FileSystem.folder(of: path))
            let lock = try DownloadLock(for: path) { process in
                observer?.tell(
                    "\(download.name): waiting for process \(process.map(String.init) ?? "of somebody else"), which fetches it"
                )
            }
            try withExtendedLifetime(lock) {
                if !isHere(download) { try receive(download, at: path) }
            }
            return path
        } catch let failure as SystemError {
            throw error(.storage(failure.code), download)
        } catch let failure as OutputError {
            throw error(.storage(failure.code), download)
        }
    }

    private func receive(_ download: Download, at path: String) throws {
        observer?.tell("fetching \(download.name) from \(download.url)\(download.sizeWords)")
        let file = try PartialFile(path, from: download.url, isVerified: download.checksum != nil)
        if let size = download.byteCount, file.byteCount > size { try file.restart(nil) }
        do {
            try attempt(download, file)
        } catch is CancellationError {
            if file.byteCount > 0 { observer?.tell("\(download.name): \(DownloadError.keptWords(file.byteCount))") }
            throw CancellationError()
        }
    }

    /// Attempts to get what a file lacks, until it is whole or patience is at its end.
    private func attempt(_ download: Download, _ file: PartialFile) throws {
        var patience = Patience(settings.pauses, from: file.byteCount)
        while true {
            let reception = FileReception(download, into: file, self)
            do {
                if case .whole = try reception.run() { return try land(file, reception.download) }
                guard patience.mayBeginAnew() else { throw error(.changing, download) }
                observer?.tell("\(download.name): what was there belongs to another version; beginning anew")
            } catch let failure as TransferFailure {
                guard failure.kind.mayPass, let pause = patience.pause(at: file.byteCount) else {
                    throw error(.transfer(failure, kept: file.byteCount), reception.download)
                }
                observer?.tell("\(download.name): \(failure.sentence); trying again")
                try Self.wait(pause)
            }
        }
    }

    private func land(_ file: PartialFile, _ download: Download) throws {
        try file.finish()
        observer?.tell(
            "\(download.name): \(Words.bytes(file.byteCount)) have arrived\(download.checksum == nil ? "" : " and are as published")"
        )
    }

    private static func makeFolders(_ path: String) throws(SystemError) {
        if FileSystem.isFolder(path) || path == "/" { return }
        try makeFolders(FileSystem.folder(of: path))
        guard FileSystem.makeFolder(path) || errno == EEXIST else { throw SystemError() }
    }

    private static func wait(_ seconds: Double) throws {
        let end = ContinuousClock.now + .seconds(seconds)
        while ContinuousClock.now < end {
            try Cancellation.check()
            usleep(20_000)
        }
    }

    /// What the disk of the cache has room for.
    var freeBytes: Int {
        var status = statvfs()
        guard settings.cache.withCPath({ statvfs($0, &status) }) == 0 else { return .max }
        let (bytes, isLarge) = Int(clamping: status.f_bavail).multipliedReportingOverflow(
            by: Int(clamping: status.f_frsize))
        return isLarge ? .max : bytes
    }

    func error(_ problem: DownloadError.Problem, _ download: Download) -> DownloadError {
        DownloadError(problem, download, path: path(of: download), settings)
    }
}

/// How often an attempt is repeated: a few times on end without getting anywhere.
private struct Patience {
    private let pauses: [Double]
    private var failures = 0
    /// The most that has been there.
    private var best: Int
    private var hasBegunAnew = false
    /// As much counts as getting somewhere.
    private static let step = 1 << 20

    init(_ pauses: [Double], from byteCount: Int) {
        self.pauses = pauses
        best = byteCount
    }

    /// The seconds to wait before the next attempt; nil where there shall be none.
    mutating func pause(at byteCount: Int) -> Double? {
        if byteCount >= best + Self.step { (failures, best) = (0, byteCount) }
        failures += 1
        return failures <= pauses.count ? pauses[failures - 1] : nil
    }

    mutating func mayBeginAnew() -> Bool {
        defer { hasBegunAnew = true }
        return !hasBegunAnew
    }
}

import Downloads
import Files
import Pretrained

extension WeightCatalog {
    /// What a file is, by its checksums.
    package enum Verdict: Equatable {
        /// The file of an entry, by the checksum that its publisher tells.
        case published(CatalogEntry)
        /// A file that bears an entry's name and is another one.
        case other(than: CatalogEntry, found: PublishedChecksum, expected: PublishedChecksum)
        /// No file of the catalogue; with all 64 digits of its SHA-256 sum.
        case unknown(sha256: String)
    }

    /// Reads a file and tells which of the catalogue's it is.
    /// - Throws: `WeightSourceError` where it cannot be read; `CancellationError`.
    package func verify(_ path: String) throws -> Verdict {
        let sums: RunningChecksums
        do {
            sums = try RunningChecksums(ofFile: path)
        } catch let error as SystemError {
            throw WeightSourceError(description: "\(path): cannot be read: \(FileSystem.wordsOfReading(error.code))")
        }
        if let entry = entries.first(where: { $0.checksum.map(sums.fits) ?? false }) { return .published(entry) }
        let name = FileSystem.name(of: path)
        for entry in entries where FileSystem.name(of: self.path(of: entry)) == name {
            guard let expected = entry.checksum else { continue }
            return .other(than: entry, found: sums.like(expected), expected: expected)
        }
        return .unknown(sha256: sums.sha256Digits)
    }
}

/// A file to fetch, and what is known of it beforehand.
package struct Download: Hashable, Sendable {
    /// What people call it.
    package let name: String
    package let url: WebAddress
    package let place: CachePlace
    /// Its size in bytes, where it is known.
    package var byteCount: Int?
    /// Where it is known.
    package var checksum: PublishedChecksum?
    /// More bytes than this it cannot have; nil for any number.
    package let limit: Int?

    package init(
        name: String, url: WebAddress, place: CachePlace, byteCount: Int? = nil, checksum: PublishedChecksum? = nil,
        limit: Int? = nil
    ) {
        self.name = name
        self.url = url
        self.place = place
        self.byteCount = byteCount
        self.checksum = checksum
        self.limit = limit
    }
}

/// Told how fetching goes on.
package protocol FetchObserver: AnyObject, Sendable {
    /// How much has arrived; often.
    func show(_ progress: FetchProgress)
    /// What happens beside that, in a sentence.
    func tell(_ line: String)
}

/// How much of a file has arrived.
package struct FetchProgress: Sendable {
    package let name: String
    package let byteCount: Int
    /// Nil where the server does not say.
    package let total: Int?
}

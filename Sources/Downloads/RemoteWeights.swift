/// Weights that are somewhere else: one file, or a model of Hugging Face with the files that it consists of.
package struct RemoteWeights: Hashable, Sendable {
    /// What people call them.
    package let name: String
    package let address: Address
    /// The size of the one file in bytes, where it is known.
    package let byteCount: Int?
    /// The checksum of the one file, where it is known.
    package let checksum: PublishedChecksum?

    package enum Address: Hashable, Sendable {
        case web(WebAddress)
        case huggingFace(HuggingFaceName)
    }

    /// - Parameter address: of HTTP or HTTPS, or a name `hf://OWNER/NAME`.
    /// - Throws: `AddressError` where it is neither.
    package init(
        name: String, address: String, byteCount: Int? = nil, checksum: PublishedChecksum? = nil
    ) throws(AddressError) {
        self.name = name
        self.byteCount = byteCount
        self.checksum = checksum
        if HuggingFaceName.isMeant(by: address) {
            self.address = .huggingFace(try HuggingFaceName(address))
        } else if let url = WebAddress(address) {
            self.address = HuggingFaceName(at: url).map { .huggingFace($0) } ?? .web(url)
        } else {
            throw AddressError(
                description:
                    "\(name): nothing can be fetched from `\(address)`: an address begins with https://, http:// or hf://"
            )
        }
    }
}

extension Fetcher {
    /// Where the weights are, if they are in the cache.
    package func pathIfHere(_ weights: RemoteWeights) throws -> String? {
        switch weights.address {
        case .web(let url):
            let download = weights.download(url)
            return isHere(download) ? path(of: download) : nil
        case .huggingFace(let name):
            return try HuggingFaceModel(name, weights, self).pathIfHere
        }
    }

    /// The path of the weights, which are fetched where they are not in the cache.
    /// - Throws: `DownloadError`; `HuggingFaceModelError` where a model has none; `AddressError`; `CancellationError`.
    package func fetch(_ weights: RemoteWeights) throws -> String {
        switch weights.address {
        case .web(let url): try fetch(weights.download(url))
        case .huggingFace(let name): try HuggingFaceModel(name, weights, self).fetch()
        }
    }

    /// What would be fetched, for a person: `https://…, 90.4 MiB`.
    package func words(for weights: RemoteWeights) throws -> String {
        switch weights.address {
        case .web(let url): "\(url)\(weights.download(url).sizeWords)"
        case .huggingFace(let name): try HuggingFaceModel(name, weights, self).words
        }
    }
}

extension RemoteWeights {
    fileprivate func download(_ url: WebAddress) -> Download {
        Download(
            name: name, url: url, place: CachePlace(named: name, at: url), byteCount: byteCount, checksum: checksum)
    }
}

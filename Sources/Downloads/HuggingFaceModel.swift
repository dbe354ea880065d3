import Files

/// The files of a model of Hugging Face, as they lie there and in the cache.
struct HuggingFaceModel {
    private let name: HuggingFaceName
    private let weights: RemoteWeights
    private let fetcher: Fetcher

    /// What weights are usually called, best first.
    private static let usualFiles = ["model.safetensors", indexFile, "pytorch_model.bin"]
    private static let indexFile = "model.safetensors.index.json"
    /// The largest text that belongs to a model, in bytes.
    private static let largestText = 16 << 20
    private static let mostShards = 1000

    /// - Throws: `AddressError` where `HF_ENDPOINT` is no address.
    init(_ name: HuggingFaceName, _ weights: RemoteWeights, _ fetcher: Fetcher) throws(AddressError) {
        guard fetcher.settings.endpointOrigin != nil else {
            throw AddressError(
                description:
                    "HF_ENDPOINT is no address: `\(fetcher.settings.endpoint)`; it begins with https:// or http://")
        }
        (self.name, self.weights, self.fetcher) = (name, weights, fetcher)
    }

    /// The files that may hold the weights. A checksum that is known beforehand is that of the best.
    private var candidates: [HuggingFaceName] {
        guard name.file.isEmpty else { return [name] }
        return Self.usualFiles.prefix(weights.checksum == nil ? .max : 1).map { name.file([$0]) }
    }

    /// Where the weights are, if all of them are in the cache.
    var pathIfHere: String? {
        get throws {
            for file in candidates {
                let download = try download(file)
                guard fetcher.isHere(download) else { continue }
                let path = fetcher.path(of: download)
                if try !isIndex(file)
                    || shards(of: file, at: path).allSatisfy({ fetcher.isHere(try self.download($0)) })
                {
                    return path
                }
            }
            return nil
        }
    }

    var words: String {
        get throws { "\(name) (\(try download(candidates[0]).url))" }
    }

    /// - Throws: as `Fetcher.fetch`.
    func fetch() throws -> String {
        if let path = try pathIfHere { return path }
        if fetcher.settings.isOffline { return try fetcher.fetch(download(candidates[0])) }
        // First, so that it is there wherever the weights are.
        _ = try fetchIfPresent(candidates[0].sibling("config.json"))
        for file in candidates {
            guard let path = try fetchIfPresent(file, isLast: candidates.count == 1) else { continue }
            if isIndex(file) {
                for shard in try shards(of: file, at: path) { _ = try fetcher.fetch(download(shard)) }
            }
            return path
        }
        throw AddressError(
            description:
                "\(name) has none of \(Self.usualFiles.listed("and")); name one of its files, as in \(name)/FILE")
    }

    /// - Parameter isLast: whether it must be there.
    /// - Returns: nil where there is no such file.
    private func fetchIfPresent(_ file: HuggingFaceName, isLast: Bool = false) throws -> String? {
        do {
            return try fetcher.fetch(download(file))
        } catch let error as DownloadError where error.problem == .status(404) && !isLast {
            return nil
        }
    }

    private func isIndex(_ file: HuggingFaceName) -> Bool {
        file.file.last?.hasSuffix(".safetensors.index.json") ?? false
    }

    private func download(_ file: HuggingFaceName) throws(AddressError) -> Download {
        let parts = [file.owner, file.name, "resolve", file.revision] + file.file
        let address = ([fetcher.settings.endpoint] + parts).joined(separator: "/")
        guard let url = WebAddress(address) else {
            throw AddressError(description: "\(file): `\(address)` is too long for an address")
        }
        let isText = file.file.last?.hasSuffix(".json") ?? false
        let isWhole = file == candidates[0]
        return Download(
            name: "\(file)", url: url, place: CachePlace(["hf", file.owner, file.name, file.revision] + file.file),
            byteCount: isWhole ? weights.byteCount : nil, checksum: isWhole ? weights.checksum : nil,
            limit: isText ? Self.largestText : nil)
    }

    /// The files that an index says the weights are shared out to.
    private func shards(of index: HuggingFaceName, at path: String) throws -> [HuggingFaceName] {
        func fail(_ problem: String) -> AddressError { AddressError(description: "\(index) (\(path)): \(problem)") }
        guard let bytes = FileSystem.bytes(of: path), let text = String(validating: bytes, as: UTF8.self),
            let json = try? JSON(parsing: text), case .object(let members)? = json["weight_map"]
        else { throw fail("is no index of weights") }
        let names = Set(members.compactMap(\.value.stringValue))
        guard !names.isEmpty, names.count <= Self.mostShards else {
            throw fail("names \(Words.counted(names.count, "file")); there are 1 to \(Self.mostShards)")
        }
        for name in names.sorted() where !CachePlace.isSafe(name) || !name.hasSuffix(".safetensors") {
            throw fail("names `\(name)`, which is no file beside it")
        }
        return names.sorted().map(index.sibling)
    }
}

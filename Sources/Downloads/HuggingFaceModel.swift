import Files

/// The files of a model of Hugging Face, as they lie there and in the cache.
struct HuggingFaceModel {
    private let name: HuggingFaceName
    private let weights: RemoteWeights
    private let fetcher: Fetcher

    /// What weights are usually called, best first.
    private static let usualFiles = ["model.safetensors", "pytorch_model.bin"].flatMap { [$0, $0 + indexEnding] }
    /// How the name of a list of the files ends that weights are shared out to, behind the ending of those.
    private static let indexEnding = ".index.json"
    /// What lies beside weights and says how to use them.
    private static let companions = ["config.json", "preprocessor_config.json"]
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
        // First, so that they are there wherever the weights are.
        for companion in Self.companions { _ = try fetchIfPresent(candidates[0].sibling(companion)) }
        for file in candidates {
            guard let path = try fetchIfPresent(file, isLast: candidates.count == 1) else { continue }
            if isIndex(file) {
                for shard in try shards(of: file, at: path) { _ = try fetcher.fetch(download(shard)) }
            }
            return path
        }
        throw HuggingFaceModelError(
            description:
                "there is no model \(name), or it has none of \(Self.usualFiles.listed("and")): look at its name, or name one of its "
                + "files, as in \(name)/FILE")
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
        [".safetensors", ".bin"].contains { file.file.last?.hasSuffix($0 + Self.indexEnding) ?? false }
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
        func fail(_ problem: String) -> HuggingFaceModelError {
            HuggingFaceModelError(
                description:
                    "\(index): its list of files \(problem); \(path) is what came: delete it to fetch it again, or name a file of the "
                    + "model, as in \(name)/FILE")
        }
        guard let bytes = FileSystem.bytes(of: path), let text = String(validating: bytes, as: UTF8.self),
            let json = try? JSON(parsing: text), case .object(let members)? = json["weight_map"]
        else { throw fail("is no index of weights") }
        let names = Set(members.compactMap(\.value.stringValue))
        guard !names.isEmpty, names.count <= Self.mostShards else {
            throw fail("names \(Words.counted(names.count, "file")); there are 1 to \(Self.mostShards)")
        }
        let isSafetensors = index.file.last?.hasSuffix(".safetensors" + Self.indexEnding) ?? false
        let ending = isSafetensors ? ".safetensors" : ".bin"
        for name in names.sorted() where !CachePlace.isSafe(name) || !name.hasSuffix(ending) {
            throw fail("names `\(name)`, which is no file beside it")
        }
        return names.sorted().map(index.sibling)
    }
}

/// A model of Hugging Face that is not there, or whose files do not fit together.
package struct HuggingFaceModelError: UserFacingError, Equatable {
    package let description: String
    package var kind: ErrorKind { .data }
}

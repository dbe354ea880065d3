import Files
import Tensors

/// Tensors in several files, and the list that tells which lies in which: `model.safetensors.index.json` beside
/// `model-00001-of-00002.safetensors` and the rest, as Hugging Face's libraries save what is large.
final class ShardedArchive: TensorArchive {
    let path: String
    let container: TensorContainer
    let entries: [TensorEntry]
    private let shards: [String: any TensorArchive]

    /// How a list's name ends.
    static let listEnding = ".index.json"
    private static let mostShards = 1000
    private static let longestList = 16 << 20

    /// - Parameters:
    ///   - path: of the list.
    ///   - open: opens one of the other files.
    /// - Throws: `ArchiveError` where the list is damaged, a file that it names is missing or no file beside it, or lacks
    ///   what the list says it has; what `open` throws.
    init(path: String, open: (_ path: String) throws -> any TensorArchive) throws {
        self.path = path
        let places = try Self.places(listedIn: path)
        let names = Set(places.map(\.shard))
        guard names.count <= Self.mostShards else {
            throw ArchiveError(path: path, reason: "names \(names.count) files: at most \(Self.mostShards) are read")
        }
        var opened: [String: any TensorArchive] = [:]
        for name in names.sorted() { opened[name] = try open("\(FileSystem.folder(of: path))/\(name)") }
        container = opened.values.first?.container ?? .safetensors
        var shards: [String: any TensorArchive] = [:]
        entries = try places.map { place in
            guard let shard = opened[place.shard], let entry = shard.entry(place.tensor) else {
                throw ArchiveError(
                    path: path, reason: "says that `\(place.tensor)` lies in \(place.shard), which does not have it")
            }
            guard shards.updateValue(shard, forKey: place.tensor) == nil else {
                throw ArchiveError(path: path, reason: "lists the tensor `\(place.tensor)` twice")
            }
            return entry
        }
        self.shards = shards
    }

    private static func places(listedIn path: String) throws -> [(tensor: String, shard: String)] {
        func fail(_ reason: String) -> ArchiveError { ArchiveError(path: path, reason: reason) }
        let bytes: [UInt8]
        do {
            bytes = try RegularFile(path).bytes(longestList + 1)
        } catch {
            throw fail("cannot be read: \(FileSystem.wordsOfReading(error.code))")
        }
        guard bytes.count <= longestList else { throw fail("is too long to be a list of tensors") }
        let list: JSON
        do {
            list = try JSON(parsing: String(decoding: bytes, as: UTF8.self))
        } catch {
            throw fail("is no list of tensors: \(error)")
        }
        guard case .object(let members)? = list["weight_map"] else {
            throw fail("is no list of tensors: it has no `weight_map`")
        }
        return try members.map { member in
            guard let name = member.value.stringValue, isPlain(name) else {
                throw fail("gives no plain name of a file beside it for the tensor `\(member.key)`")
            }
            return (member.key, name)
        }
    }

    /// Whether a name stays in its folder.
    private static func isPlain(_ name: String) -> Bool {
        !name.isEmpty && name != "." && name != ".." && !name.utf8.contains { $0 == 0x2F || $0 == 0 }
            && !name.hasSuffix(listEnding)
    }

    /// Refuses one of several files, such as `model-00001-of-00003.safetensors`, in place of their list.
    static func refuseShard(_ path: String) throws(ArchiveError) {
        let name = FileSystem.name(of: path)
        guard let dot = name.firstIndex(of: ".") else { return }
        let words = name[..<dot].split(separator: "-")
        guard words.count > 3, words[words.count - 2] == "of", let count = Int(words[words.count - 1]), count > 1,
            let number = Int(words[words.count - 3])
        else { return }
        let list = words.dropLast(3).joined(separator: "-") + name[dot...] + listEnding
        throw ArchiveError(path: path, reason: "is part \(number) of \(count): give the list of all parts, \(list)")
    }

    var groups: [String] { [] }
    func hasGroup(_ name: String) -> Bool { false }
    func entry(_ name: String) -> TensorEntry? { shards[name]?.entry(name) }

    func tensor(_ name: String) throws -> Tensor { try shard(of: name).tensor(name) }

    func withValues<Result>(
        of name: String, _ body: (UnsafeBufferPointer<Float>) throws -> Result
    ) throws -> Result {
        try shard(of: name).withValues(of: name, body)
    }

    private func shard(of name: String) throws(ArchiveError) -> any TensorArchive {
        guard let shard = shards[name] else { throw ArchiveError(path: path, reason: "holds no tensor `\(name)`") }
        return shard
    }

    func attribute(_ name: String, of object: String) -> AttributeValue? { nil }
    func attributeNames(of object: String) -> [String] { [] }
}

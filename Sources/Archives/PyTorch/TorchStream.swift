import Files

/// PyTorch's files before its version 1.6: five pickles one behind the other (a magic number, a version, what machine wrote
/// it, the dictionary, the keys of the storages), and then the storages.
enum TorchStream {
    private static let version = 1001

    /// Whether a file begins so. Pickles of protocol 4 and above begin with the length of a frame.
    static func begins(_ bytes: [UInt8]) -> Bool {
        let magic: [UInt8] = [0x8A, 0x0A, 0x6C, 0xFC, 0x9C, 0x46, 0xF9, 0x20, 0x6A, 0xA8, 0x50, 0x19, 0x2E]
        return bytes.first == 0x80 && [2, 11].contains { bytes.dropFirst($0).starts(with: magic) }
    }

    /// The tensors of a file, which stay in it.
    /// - Throws: `ArchiveError` where it is damaged, hostile, or holds more than tensors, numbers and texts in dictionaries.
    static func archive(_ path: String) throws(ArchiveError) -> MappedArchive {
        let file = try MappedFile(tensors: path)
        let (contents, places): (TorchContents, [String: Range<Int>])
        do throws(PickleFault) {
            (contents, places) = try read(file.bytes)
        } catch {
            throw ArchiveError(path: path, reason: error.reason)
        }
        return try contents.archive(in: file) { storage throws(ArchiveError) in
            guard let place = places[storage.key] else {
                throw ArchiveError(
                    path: path, reason: "lacks the storage `\(storage.key)`: it is damaged; copy or download it again")
            }
            return place
        }
    }

    /// The dictionary, and where each storage lies.
    private static func read(
        _ bytes: UnsafeRawBufferPointer
    ) throws(PickleFault) -> (TorchContents, [String: Range<Int>]) {
        let magic = try PickleMachine.read(bytes)
        let version = try PickleMachine.read(bytes, at: magic.end)
        guard version.value == .integer(Self.version) else {
            throw PickleFault(
                "is of a version of PyTorch's format that is not known: save it again with a newer PyTorch")
        }
        let machine = try PickleMachine.read(bytes, at: version.end)
        if case .dictionary(let number) = machine.value,
            machine.heap.dictionaries[number]["little_endian"] == .boolean(false)
        {
            throw PickleFault("was written by a machine of another byte order: save it again on a usual one")
        }
        let pickle = try PickleMachine.read(bytes, at: machine.end)
        let keys = try PickleMachine.read(bytes, at: pickle.end)
        let sizes = try elementSizes(in: pickle.heap)
        return (try TorchContents(pickle), try places(of: keys, sizes, in: bytes))
    }

    /// The size of an element of each storage, by its key.
    private static func elementSizes(in heap: PickleHeap) throws(PickleFault) -> [String: Int] {
        var sizes: [String: Int] = [:]
        for storage in heap.storages {
            let size = storage.elementSize
            guard sizes.updateValue(size, forKey: storage.key) ?? size == size else {
                throw PickleFault(
                    "is damaged: the storage `\(storage.key)` has elements of two sizes; copy or download it again")
            }
        }
        return sizes
    }

    /// Each storage is the number of its elements, in 64 bits, and its elements.
    private static func places(
        of keys: PickleMachine.Result, _ sizes: [String: Int], in bytes: UnsafeRawBufferPointer
    ) throws(PickleFault) -> [String: Range<Int>] {
        guard let list = keys.heap.elements(of: keys.value) else {
            throw .damaged("it does not list its storages", at: keys.end)
        }
        var reader = PickleReader(bytes, at: keys.end)
        var places: [String: Range<Int>] = [:]
        for key in list {
            guard case .text(let key) = key, let size = sizes[key] else {
                throw .damaged("it lists a storage that no tensor lies in", at: reader.position)
            }
            guard places.updateValue(try reader.storage(of: size), forKey: key) == nil else {
                throw .damaged("it lists the storage `\(key)` twice", at: reader.position)
            }
        }
        return places
    }
}

extension PickleReader {
    /// Passes over a storage: the number of its elements, in 64 bits, and so many elements.
    /// - Returns: where the elements lie.
    mutating func storage(of elementSize: Int) throws(PickleFault) -> Range<Int> {
        let count = try number(Int64.self)
        guard count >= 0, count <= remaining / elementSize else {
            throw PickleFault(
                "is cut short or damaged: of a storage of \(count) elements at byte \(position) only \(remaining) bytes are there; copy or download it again"
            )
        }
        let start = position
        _ = try take(count * elementSize)
        return start..<position
    }
}

extension MappedFile {
    /// - Throws: `ArchiveError` where the file cannot be read.
    convenience init(tensors path: String) throws(ArchiveError) {
        do {
            try self.init(path)
        } catch {
            throw ArchiveError(path: path, reason: "cannot be read: \(error)")
        }
    }
}

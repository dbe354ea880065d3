import Files

/// PyTorch's files before its version 0.2: an archive of tar with the storages, the tensors as views of them, and a pickle
/// of the dictionary that names tensors by numbers.
enum TorchTar {
    /// The tensors of a file, which stay in it.
    /// - Throws: `ArchiveError` where it is damaged, hostile, or holds more than tensors, numbers and texts in dictionaries.
    static func archive(_ path: String) throws(ArchiveError) -> MappedArchive {
        let file = try MappedFile(tensors: path)
        let (contents, storages): (TorchContents, [Int: TorchTarStorage])
        do throws(PickleFault) {
            let files = try TarDirectory(file.bytes).files
            guard let storagePart = files["storages"], let tensorPart = files["tensors"], let pickle = files["pickle"]
            else { throw PickleFault("is an archive of tar, but not PyTorch's: unpack it") }
            storages = try TorchTarStorage.all(in: file.bytes, storagePart)
            let tensors = try tensors(in: file.bytes, tensorPart, storages)
            contents = try TorchContents(
                try PickleMachine.read(
                    UnsafeRawBufferPointer(rebasing: file.bytes[..<pickle.upperBound]), at: pickle.lowerBound,
                    tensors: tensors))
        } catch {
            throw ArchiveError(path: path, reason: error.reason)
        }
        return try contents.archive(in: file) { storage throws(ArchiveError) in
            guard let place = Int(storage.key).flatMap({ storages[$0]?.place }) else {
                throw ArchiveError(path: path, reason: "lacks the storage `\(storage.key)`")
            }
            return place
        }
    }

    /// How many, and of each a pickle of its number, its storage's and its class, the number of axes, and in 64 bits its
    /// sizes, strides and offset.
    private static func tensors(
        in bytes: UnsafeRawBufferPointer, _ part: Range<Int>, _ storages: [Int: TorchTarStorage]
    ) throws(PickleFault) -> [Int: TorchTensor] {
        var list = TorchTarList(bytes, part)
        var tensors: [Int: TorchTensor] = [:]
        for _ in 0..<(try list.count()) {
            let (fields, _) = try list.fields()
            guard fields.count == 3, case .integer(let number) = fields[0], case .integer(let storage) = fields[1],
                let storage = storages[storage]
            else { throw .damaged("a tensor has no number and no storage", at: list.reader.position) }
            // Older versions wrote the number of axes in 64 bits.
            let axisCount = try list.reader.number(Int32.self)
            _ = try list.reader.take(4)
            guard 0...32 ~= axisCount else {
                throw .damaged("a tensor has \(axisCount) axes", at: list.reader.position)
            }
            let shape = try list.numbers(axisCount)
            let strides = try list.numbers(axisCount)
            tensors[number] = try TorchTensor(
                in: storage.storage, storage.elementType, offset: try list.reader.number(Int64.self), shape: shape,
                strides: strides)
        }
        return tensors
    }
}

/// A storage in an archive of tar.
struct TorchTarStorage {
    let storage: TorchStorage
    let elementType: TensorEntry.ElementType
    /// The bytes in the file of the storage, or of that which it is a part of.
    let place: Range<Int>

    /// How many, and of each a pickle of its number, where it was, and its type, the number of its elements in 64 bits, and
    /// its elements; then a pickle of those that are parts of others.
    fileprivate static func all(
        in bytes: UnsafeRawBufferPointer, _ part: Range<Int>
    ) throws(PickleFault) -> [Int: TorchTarStorage] {
        var list = TorchTarList(bytes, part)
        var storages: [Int: TorchTarStorage] = [:]
        for _ in 0..<(try list.count()) {
            let (fields, _) = try list.fields()
            guard fields.count == 3, case .integer(let number) = fields[0],
                case .global(.storage(let elementType?)) = fields[2]
            else { throw .damaged("a storage has no number and no type", at: list.reader.position) }
            let size = elementType.byteCount ?? 1
            let place = try list.reader.storage(of: size)
            storages[number] = TorchTarStorage(
                storage: try TorchStorage(String(number), elementType, count: place.count / size),
                elementType: elementType, place: place)
        }
        let roots = storages
        let (views, heap) = try list.fields()
        for view in views {
            guard let fields = heap.integers(of: view), fields.count == 4, let root = roots[fields[1]] else {
                throw .damaged("a part of a storage is none", at: list.reader.position)
            }
            storages[fields[0]] = try root.part(offset: fields[2], count: fields[3])
        }
        return storages
    }

    private func part(offset: Int, count: Int) throws(PickleFault) -> TorchTarStorage {
        TorchTarStorage(
            storage: try TorchStorage(storage.key, elementType, count: storage.wholeCount, part: (offset, count)),
            elementType: elementType, place: place)
    }
}

/// Pickles one behind the other in a file of an archive of tar, with numbers between them.
private struct TorchTarList {
    private let bytes: UnsafeRawBufferPointer
    var reader: PickleReader

    /// What has more tensors is no network.
    private static let mostItems = 100_000

    init(_ bytes: UnsafeRawBufferPointer, _ part: Range<Int>) {
        self.bytes = UnsafeRawBufferPointer(rebasing: bytes[..<part.upperBound])
        reader = PickleReader(self.bytes, at: part.lowerBound)
    }

    private mutating func pickle() throws(PickleFault) -> PickleMachine.Result {
        let pickle = try PickleMachine.read(bytes, at: reader.position, tensors: [:])
        reader = PickleReader(bytes, at: pickle.end)
        return pickle
    }

    /// How many items the list has.
    mutating func count() throws(PickleFault) -> Int {
        guard case .integer(let count) = try pickle().value, 0...Self.mostItems ~= count else {
            throw .damaged("it does not say how many tensors it has", at: reader.position)
        }
        return count
    }

    /// The values of a pickled tuple or list.
    mutating func fields() throws(PickleFault) -> ([PickleValue], PickleHeap) {
        let pickle = try pickle()
        guard let fields = pickle.heap.elements(of: pickle.value) else {
            throw .damaged("what should be a list is none", at: reader.position)
        }
        return (fields, pickle.heap)
    }

    mutating func numbers(_ count: Int) throws(PickleFault) -> [Int] {
        var numbers: [Int] = []
        for _ in 0..<count { numbers.append(try reader.number(Int64.self)) }
        return numbers
    }
}

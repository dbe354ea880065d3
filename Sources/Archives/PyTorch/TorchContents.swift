import Files

/// Gives what a pickle of PyTorch's holds names: `optimizer.state.0.exp_avg` lies in a dictionary in a dictionary in a
/// dictionary. Tensors become arrays, and numbers, texts and lists of either attributes of the root; what is nothing is
/// passed over.
struct TorchContents {
    private let heap: PickleHeap
    /// What is still to be named, the next last.
    private var waiting: [Part]
    private(set) var tensors: [(name: String, tensor: TorchTensor)] = []
    private(set) var attributes: [String: AttributeValue] = [:]
    private var partCount = 0
    private var elementCount = 0
    private var nameByteCount = 0

    private struct Part {
        let name: String
        let value: PickleValue
        let depth: Int
    }

    // A pickle may name one dictionary as often as it likes, in others that it names as often.
    private static let mostParts = 200_000
    private static let mostElements = 2_000_000
    private static let mostNameBytes = 32 << 20
    private static let longestName = 4096
    private static let deepest = 64

    /// - Throws: `PickleFault` where it holds no tensors with names, a dictionary lies in itself, or there are absurdly many
    ///   names.
    init(_ pickle: PickleMachine.Result) throws(PickleFault) {
        heap = pickle.heap
        waiting = [Part(name: "", value: pickle.value, depth: 0)]
        while let part = waiting.popLast() { try add(part) }
        guard !tensors.isEmpty else { throw PickleFault("holds no tensors: \(PickleFault.remedy)") }
    }

    private mutating func add(_ part: Part) throws(PickleFault) {
        switch part.value {
        case .none, .global: return
        case .boolean(let flag): try note(.numbers([flag ? 1 : 0]), part)
        case .integer(let number): try note(.numbers([Double(number)]), part)
        case .real(let number): try note(.numbers([number]), part)
        case .text(let text): try note(.strings([text]), part)
        case .list(let number), .tuple(let number), .set(let number): try add(heap.sequences[number], part)
        case .dictionary(let number): try add(heap.dictionaries[number], part)
        case .storage:
            throw PickleFault("holds `\(part.name)`, a storage and no tensor: \(PickleFault.remedy)")
        case .tensor(let number):
            guard let tensor = heap.tensors[number] else {
                throw PickleFault("holds `\(part.name)`, a parameter without numbers: \(PickleFault.remedy)")
            }
            guard part.depth > 0 else {
                throw PickleFault(
                    "holds a tensor without a name: save a dictionary, with torch.save({\"name\": tensor}, …)")
            }
            tensors.append((part.name, tensor))
        }
    }

    private mutating func note(_ value: AttributeValue, _ part: Part) throws(PickleFault) {
        guard attributes.updateValue(value, forKey: part.name) == nil else {
            throw PickleFault("has two values called `\(part.name)`: \(PickleFault.remedy)")
        }
    }

    private mutating func add(_ sequence: [PickleValue], _ part: Part) throws(PickleFault) {
        elementCount += sequence.count
        guard elementCount <= Self.mostElements else { throw Self.tooMany(Self.mostElements) }
        guard !sequence.isEmpty else { return }
        if let list = Self.list(of: sequence) { return try note(list, part) }
        for index in sequence.indices.reversed() { try wait(for: sequence[index], called: String(index), in: part) }
    }

    private mutating func add(_ dictionary: PickleDictionary, _ part: Part) throws(PickleFault) {
        for (key, value) in zip(dictionary.keys, dictionary.values).reversed() {
            try wait(for: value, called: key.name, in: part)
        }
    }

    /// Texts alone, or numbers alone, as an attribute.
    private static func list(of sequence: [PickleValue]) -> AttributeValue? {
        let texts = sequence.prefix { if case .text = $0 { true } else { false } }
        if texts.count == sequence.count {
            return .strings(texts.compactMap { if case .text(let text) = $0 { text } else { nil } })
        }
        var numbers: [Double] = []
        for value in sequence {
            switch value {
            case .boolean(let flag): numbers.append(flag ? 1 : 0)
            case .integer(let number): numbers.append(Double(number))
            case .real(let number): numbers.append(number)
            default: return nil
            }
        }
        return .numbers(numbers)
    }

    private static func tooMany(_ limit: Int) -> PickleFault {
        PickleFault("holds more than \(limit) values: \(PickleFault.remedy)")
    }

    private mutating func wait(for value: PickleValue, called key: String, in part: Part) throws(PickleFault) {
        guard part.depth < Self.deepest else {
            throw PickleFault(
                "holds collections that lie in themselves, or more than \(Self.deepest) in each other: \(PickleFault.remedy)"
            )
        }
        partCount += 1
        guard partCount <= Self.mostParts else { throw Self.tooMany(Self.mostParts) }
        let length = part.name.utf8.count + 1 + key.utf8.count
        nameByteCount += length
        guard length <= Self.longestName, nameByteCount <= Self.mostNameBytes else {
            throw PickleFault("has names of an absurd length: \(PickleFault.remedy)")
        }
        let name = part.depth == 0 ? key : "\(part.name).\(key)"
        waiting.append(Part(name: name, value: value, depth: part.depth + 1))
    }
}

extension TorchContents {
    /// The archive of these tensors in a file.
    /// - Parameter place: the bytes that a storage, by its key, has in the file.
    /// - Throws: `ArchiveError` where a storage is absent or cut off, or two tensors have one name.
    func archive(
        in file: MappedFile, _ place: (TorchStorage) throws(ArchiveError) -> Range<Int>
    ) throws(ArchiveError) -> MappedArchive {
        var arrays: [StoredArray] = []
        arrays.reserveCapacity(tensors.count)
        for (name, tensor) in tensors {
            let (storage, bytes) = (tensor.storage, try place(tensor.storage))
            guard let needed = [storage.wholeCount, storage.elementSize].boundedProduct, needed <= bytes.count else {
                throw ArchiveError(
                    path: file.path,
                    reason: "the tensor `\(name)` lies in a storage that is cut short: copy or download the file again")
            }
            // Within the storage, as the tensor has made sure; one without elements may claim any offset.
            let first = tensor.shape.contains(0) ? 0 : tensor.offset * (tensor.elementType.byteCount ?? 1)
            arrays.append(
                try StoredArray(
                    name, shape: tensor.shape, tensor.elementType, in: file,
                    at: bytes.lowerBound + storage.range.lowerBound * storage.elementSize + first,
                    strides: tensor.strides))
        }
        return try MappedArchive(path: file.path, .torch, arrays, attributes: attributes)
    }
}

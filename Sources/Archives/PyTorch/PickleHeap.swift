/// The values of a pickle that are made of others, each by its number.
struct PickleHeap {
    /// Lists, tuples and sets.
    private(set) var sequences: [[PickleValue]] = []
    private(set) var dictionaries: [PickleDictionary] = []
    private(set) var storages: [TorchStorage] = []
    /// Nil for a parameter whose numbers are still to come.
    private(set) var tensors: [TorchTensor?] = []

    /// How many values made of others there may be: ten times as many as the tensors of the largest networks need.
    private static let capacity = 500_000
    /// How many keys all dictionaries may have, of which each takes far more memory than file.
    private static let mostKeys = 250_000
    private var keyCount = 0

    private func checkRoom() throws(PickleFault) {
        guard sequences.count + dictionaries.count + storages.count + tensors.count < Self.capacity else {
            throw PickleFault("holds more than \(Self.capacity) values made of others: \(PickleFault.remedy)")
        }
    }

    /// Before keys are put into dictionaries.
    /// - Throws: `PickleFault` where there are absurdly many.
    mutating func count(keys: Int) throws(PickleFault) {
        keyCount += keys
        guard keyCount <= Self.mostKeys else {
            throw PickleFault("holds dictionaries with more than \(Self.mostKeys) keys: \(PickleFault.remedy)")
        }
    }

    /// - Returns: the number of the new list, tuple or set.
    mutating func add(_ values: [PickleValue]) throws(PickleFault) -> Int {
        try checkRoom()
        sequences.append(values)
        return sequences.count - 1
    }

    mutating func add(_ dictionary: PickleDictionary) throws(PickleFault) -> PickleValue {
        try checkRoom()
        dictionaries.append(dictionary)
        return .dictionary(dictionaries.count - 1)
    }

    mutating func add(_ storage: TorchStorage) throws(PickleFault) -> PickleValue {
        try checkRoom()
        storages.append(storage)
        return .storage(storages.count - 1)
    }

    mutating func add(_ tensor: TorchTensor?) throws(PickleFault) -> PickleValue {
        try checkRoom()
        tensors.append(tensor)
        return .tensor(tensors.count - 1)
    }

    mutating func append(_ values: some Sequence<PickleValue>, to sequence: Int) {
        sequences[sequence].append(contentsOf: values)
    }

    mutating func set(_ key: PickleKey, to value: PickleValue, in dictionary: Int) {
        dictionaries[dictionary].set(key, to: value)
    }

    mutating func setTensor(_ number: Int, to tensor: TorchTensor) { tensors[number] = tensor }

    /// The values of a list, tuple or set; nil for anything else.
    func elements(of value: PickleValue) -> [PickleValue]? {
        switch value {
        case .list(let number), .tuple(let number), .set(let number): sequences[number]
        default: nil
        }
    }

    /// Sizes or strides; nil where one is no whole number, or there are more than tensors have.
    func integers(of value: PickleValue) -> [Int]? {
        guard let elements = elements(of: value), elements.count <= 32 else { return nil }
        var integers: [Int] = []
        for element in elements {
            guard case .integer(let number) = element else { return nil }
            integers.append(number)
        }
        return integers
    }
}

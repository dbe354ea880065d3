// What the functions and classes that PyTorch's pickles name do to values.
extension PickleMachine {
    func key(_ value: PickleValue) throws(PickleFault) -> PickleKey {
        switch value {
        case .text(let text): return .text(text)
        case .integer(let number): return .integer(number)
        default:
            throw PickleFault(
                "holds a dictionary with a key that is neither a text nor a whole number: \(PickleFault.remedy)")
        }
    }

    /// What a call gives.
    mutating func call(_ callee: PickleValue, _ arguments: PickleValue) throws(PickleFault) -> PickleValue {
        guard case .global(let global) = callee, case .tuple(let tuple) = arguments else {
            throw damaged("it calls what is no function")
        }
        let arguments = heap.sequences[tuple]
        switch global {
        case .orderedDictionary, .counter: return try dictionary(of: arguments)
        case .set, .size: return try sequence(of: arguments, global)
        case .rebuildTensor, .rebuildTypedTensor: return try heap.add(try tensor(of: arguments, global))
        case .parameter: return try parameter(of: arguments)
        case .storage, .elementType, .tensorClass: throw damaged("it calls a type as a function")
        }
    }

    /// Python 2 writes an ordered dictionary as a list of pairs, and a counter is made of a dictionary.
    private mutating func dictionary(of arguments: [PickleValue]) throws(PickleFault) -> PickleValue {
        guard let first = arguments.first else { return try heap.add(PickleDictionary()) }
        if case .dictionary(let number) = first {
            try heap.count(keys: heap.dictionaries[number].keys.count)
            return try heap.add(heap.dictionaries[number])
        }
        var dictionary = PickleDictionary()
        guard let pairs = heap.elements(of: first) else { throw damaged("a pair is none") }
        try heap.count(keys: pairs.count)
        for pair in pairs {
            guard let pair = heap.elements(of: pair), pair.count == 2 else { throw damaged("a pair is none") }
            dictionary.set(try key(pair[0]), to: pair[1])
        }
        return try heap.add(dictionary)
    }

    private mutating func sequence(
        of arguments: [PickleValue], _ global: TorchGlobal
    ) throws(PickleFault) -> PickleValue {
        guard arguments.count <= 1, let values = arguments.isEmpty ? [] : heap.elements(of: arguments[0]) else {
            throw damaged("a collection is made of something else than one")
        }
        try count(steps: values.count)
        let number = try heap.add(values)
        return global == .set ? .set(number) : .tuple(number)
    }

    /// Of storage, offset, sizes, strides, and in newer files whether it needs a gradient, hooks, and either the type of its
    /// elements or what else is to be known.
    private func tensor(of arguments: [PickleValue], _ global: TorchGlobal) throws(PickleFault) -> TorchTensor {
        guard arguments.count >= 4, case .storage(let number) = arguments[0], case .integer(let offset) = arguments[1],
            let shape = heap.integers(of: arguments[2]), let strides = heap.integers(of: arguments[3])
        else { throw damaged("a tensor is made of something else than a storage, its sizes and its strides") }
        let storage = heap.storages[number]
        var (elementType, rest) = (storage.elementType, arguments.dropFirst(6))
        if global == .rebuildTypedTensor, case .global(.elementType(let type))? = rest.popFirst() { elementType = type }
        guard let elementType else { throw damaged("a tensor has no type of elements") }
        guard rest.allSatisfy(isEmpty) else {
            throw PickleFault("holds a tensor that is marked as conjugated or negated: save a copy of it with .clone()")
        }
        return try TorchTensor(in: storage, elementType, offset: offset, shape: shape, strides: strides)
    }

    private func isEmpty(_ metadata: PickleValue) -> Bool {
        switch metadata {
        case .none: true
        case .dictionary(let number): heap.dictionaries[number].keys.isEmpty
        default: false
        }
    }

    /// Of a tensor, or of nothing in files whose tensor comes with the parameter's state.
    private mutating func parameter(of arguments: [PickleValue]) throws(PickleFault) -> PickleValue {
        guard let first = arguments.first else { return try heap.add(nil as TorchTensor?) }
        guard case .tensor(let number) = first else { throw damaged("a parameter is made of what is no tensor") }
        return try heap.add(heap.tensors[number])
    }

    /// Gives an object its state. That of dictionaries is what PyTorch notes of versions, and nothing else has one but tensors
    /// and parameters of the first years.
    mutating func build(_ object: PickleValue, from state: PickleValue) throws(PickleFault) {
        if case .dictionary = object { return }
        guard case .tensor(let number) = object, case .tuple(let tuple) = state else {
            throw damaged("a state is given to what has none")
        }
        let fields = heap.sequences[tuple]
        switch (fields.count, fields.first) {
        case (3, _): return
        case (5, .tensor(let data)):
            if let tensor = heap.tensors[data] { heap.setTensor(number, to: tensor) }
        case (4, .storage): heap.setTensor(number, to: try tensor(of: fields, .rebuildTensor))
        default: throw damaged("a tensor's state is none")
        }
    }

    /// What a pickle names instead of holding it: a storage, or in an archive of tar a tensor.
    mutating func object(named name: PickleValue, tensors: [Int: TorchTensor]?) throws(PickleFault) -> PickleValue {
        if let tensors { return try tensor(named: name, in: tensors) }
        guard case .tuple(let tuple) = name, case let fields = heap.sequences[tuple], 5...6 ~= fields.count,
            fields[0] == .text("storage"), case .global(.storage(let elementType)) = fields[1],
            case .text(let key) = fields[2], case .integer(let count) = fields[4]
        else { throw damaged("it names something else than a storage") }
        var part: (offset: Int, count: Int)?
        if fields.count == 6, fields[5] != .none {
            guard let view = heap.elements(of: fields[5]), view.count == 3, case .integer(let offset) = view[1],
                case .integer(let count) = view[2]
            else { throw damaged("a part of a storage is none") }
            part = (offset, count)
        }
        return try heap.add(try TorchStorage(key, elementType, count: count, part: part))
    }

    private mutating func tensor(
        named name: PickleValue, in tensors: [Int: TorchTensor]
    ) throws(PickleFault) -> PickleValue {
        let number: Int? =
            switch name {
            case .integer(let number): number
            case .text(let digits): Int(digits)
            default: nil
            }
        guard let number, let tensor = tensors[number] else {
            throw PickleFault(
                "names a tensor that the archive does not hold: it is damaged, or holds more than tensors")
        }
        return try heap.add(tensor)
    }
}

/// What a pickle holds. What is made of several values lies in a `PickleHeap`, by its number: pickles may nest values to any
/// depth and put them into themselves, which values that owned each other could not survive.
enum PickleValue: Equatable {
    case none
    case boolean(Bool)
    case integer(Int)
    case real(Double)
    case text(String)
    case list(Int)
    case tuple(Int)
    case set(Int)
    case dictionary(Int)
    case global(TorchGlobal)
    case storage(Int)
    case tensor(Int)
}

/// What a value is called in a dictionary of a pickle.
enum PickleKey: Hashable {
    case text(String)
    case integer(Int)

    /// As a part of a tensor's name.
    var name: String {
        switch self {
        case .text(let text): text
        case .integer(let number): String(number)
        }
    }
}

/// A dictionary of a pickle, in the order in which its keys came.
struct PickleDictionary {
    private(set) var keys: [PickleKey] = []
    private(set) var values: [PickleValue] = []
    private var places: [PickleKey: Int] = [:]

    subscript(_ key: String) -> PickleValue? { places[.text(key)].map { values[$0] } }

    /// A key that is there already keeps its place.
    mutating func set(_ key: PickleKey, to value: PickleValue) {
        if let place = places[key] {
            values[place] = value
            return
        }
        places[key] = keys.count
        keys.append(key)
        values.append(value)
    }
}

/// Follows the instructions of one pickle, as far as tensors need it: values are put together, and nothing is called.
///
/// A hostile pickle costs no more than a bounded number of steps and values, and no step waits on another: nothing recurs.
struct PickleMachine {
    /// What the pickle holds.
    struct Result {
        let value: PickleValue
        let heap: PickleHeap
        /// Where the pickle ends.
        let end: Int
    }

    /// The tensors that a pickle in an archive of tar names by numbers; elsewhere pickles name storages.
    private let tensors: [Int: TorchTensor]?
    private var reader: PickleReader
    var heap = PickleHeap()
    private var stack: [PickleValue] = []
    /// How high the stack was at each mark.
    private var marks: [Int] = []
    private var memo: [PickleValue?] = []
    private var stepCount = 0

    /// The tensors of the largest networks with all their optimizer keeps take a tenth of it.
    private static let mostSteps = 2_000_000
    private static let largestMemo = 1_000_000
    private static let longest = 32 << 20

    private init(_ reader: PickleReader, _ tensors: [Int: TorchTensor]?) {
        self.reader = reader
        self.tensors = tensors
    }

    /// Reads the pickle that begins at a byte.
    /// - Parameter tensors: those that an archive of tar has, by their numbers.
    /// - Throws: `PickleFault` where it is damaged, too large, or wants more than tensors, numbers, texts and collections.
    static func read(
        _ bytes: UnsafeRawBufferPointer, at start: Int = 0, tensors: [Int: TorchTensor]? = nil
    ) throws(PickleFault) -> Result {
        let end = min(bytes.count, start + longest)
        let reader = PickleReader(UnsafeRawBufferPointer(rebasing: bytes[..<end]), at: start)
        var machine = PickleMachine(reader, tensors)
        do throws(PickleFault) {
            let value = try machine.run()
            return Result(value: value, heap: machine.heap, end: machine.reader.position)
        } catch {
            guard end < bytes.count, machine.reader.remaining < 1 << 20 else { throw error }
            throw PickleFault("has a pickle of more than \(longest) bytes: \(PickleFault.remedy)")
        }
    }

    private mutating func run() throws(PickleFault) -> PickleValue {
        let start = reader.position
        guard try nextOpcode() == .proto, case let version = try reader.number(UInt8.self), 2...5 ~= version else {
            throw PickleFault("holds no pickle of the protocols 2 to 5 at byte \(start): \(PickleFault.remedy)")
        }
        while true {
            let opcode = try nextOpcode()
            if opcode == .stop { return try pop() }
            try follow(opcode)
        }
    }

    /// Keeps account of what the pickle costs: an instruction is one step, and so is each value that one copies.
    mutating func count(steps: Int) throws(PickleFault) {
        stepCount += steps
        guard stepCount <= Self.mostSteps else {
            throw PickleFault("has a pickle of more than \(Self.mostSteps) instructions: \(PickleFault.remedy)")
        }
    }

    private mutating func nextOpcode() throws(PickleFault) -> PickleOpcode {
        try count(steps: 1)
        let position = reader.position
        return try PickleOpcode(code: UInt8(try reader.number(UInt8.self)), at: position)
    }

    private mutating func follow(_ opcode: PickleOpcode) throws(PickleFault) {
        switch opcode {
        case .stop, .proto: throw damaged("a second beginning")
        case .frame: _ = try reader.take(8)
        case .mark: marks.append(stack.count)
        case .binPut: try memoize(at: try reader.number(UInt8.self))
        case .longBinPut: try memoize(at: try reader.number(UInt32.self))
        case .memoize: try memoize(at: memo.count)
        case .append: try appendItems([try pop()])
        case .appends: try appendItems(try popMarked())
        case .addItems: try addItems(try popMarked())
        case .setItem:
            let value = try pop()
            try setItems([try pop(), value])
        case .setItems: try setItems(try popMarked())
        case .build:
            let state = try pop()
            try build(try top(), from: state)
        default: stack.append(try value(of: opcode))
        }
    }

    /// What an instruction leaves on the stack.
    private mutating func value(of opcode: PickleOpcode) throws(PickleFault) -> PickleValue {
        switch opcode {
        case .none: return .none
        case .newTrue: return .boolean(true)
        case .newFalse: return .boolean(false)
        case .binInt: return .integer(try reader.number(Int32.self))
        case .binInt1: return .integer(try reader.number(UInt8.self))
        case .binInt2: return .integer(try reader.number(UInt16.self))
        case .long1: return try reader.long(try reader.number(UInt8.self))
        case .binFloat: return .real(try reader.real())
        case .binUnicode: return .text(try reader.text(try reader.number(UInt32.self)))
        case .shortBinUnicode, .shortBinString: return .text(try reader.text(try reader.number(UInt8.self)))
        case .binGet: return try remembered(try reader.number(UInt8.self))
        case .longBinGet: return try remembered(try reader.number(UInt32.self))
        case .global, .stackGlobal: return .global(try global(opcode))
        default: return try collection(of: opcode)
        }
    }

    /// What an instruction makes of values on the stack.
    private mutating func collection(of opcode: PickleOpcode) throws(PickleFault) -> PickleValue {
        switch opcode {
        case .emptyList: return .list(try heap.add([]))
        case .emptySet: return .set(try heap.add([]))
        case .emptyDict: return try heap.add(PickleDictionary())
        case .emptyTuple: return .tuple(try heap.add([]))
        case .tuple: return .tuple(try heap.add(try popMarked()))
        case .tuple1: return .tuple(try heap.add(try pop(1)))
        case .tuple2: return .tuple(try heap.add(try pop(2)))
        case .tuple3: return .tuple(try heap.add(try pop(3)))
        case .binPersID: return try object(named: try pop(), tensors: tensors)
        case .reduce, .newObj:
            let arguments = try pop()
            return try call(try pop(), arguments)
        default: throw damaged("an instruction in a wrong place")
        }
    }

    func damaged(_ problem: String) -> PickleFault { .damaged(problem, at: reader.position) }
}

// The stack and the memo.
extension PickleMachine {
    private func top() throws(PickleFault) -> PickleValue {
        guard let last = stack.last, stack.count > marks.last ?? 0 else { throw damaged("a value is missing") }
        return last
    }

    private mutating func pop() throws(PickleFault) -> PickleValue {
        let last = try top()
        stack.removeLast()
        return last
    }

    private mutating func pop(_ count: Int) throws(PickleFault) -> [PickleValue] {
        guard stack.count - (marks.last ?? 0) >= count else { throw damaged("a value is missing") }
        defer { stack.removeLast(count) }
        return Array(stack.suffix(count))
    }

    /// What lies on the stack above the last mark.
    private mutating func popMarked() throws(PickleFault) -> [PickleValue] {
        guard let mark = marks.popLast() else { throw damaged("a mark is missing") }
        defer { stack.removeLast(stack.count - mark) }
        return Array(stack[mark...])
    }

    private mutating func memoize(at index: Int) throws(PickleFault) {
        guard index < Self.largestMemo else {
            throw PickleFault("remembers more than \(Self.largestMemo) values in its pickle: \(PickleFault.remedy)")
        }
        let value = try top()
        while memo.count <= index { memo.append(nil) }
        memo[index] = value
    }

    private func remembered(_ index: Int) throws(PickleFault) -> PickleValue {
        guard index < memo.count, let value = memo[index] else {
            throw damaged("it asks for value \(index), which it never stored")
        }
        return value
    }

    private mutating func appendItems(_ values: [PickleValue]) throws(PickleFault) {
        guard case .list(let list) = try top() else { throw damaged("values are appended to what is no list") }
        heap.append(values, to: list)
    }

    private mutating func addItems(_ values: [PickleValue]) throws(PickleFault) {
        guard case .set(let set) = try top() else { throw damaged("values are added to what is no set") }
        heap.append(values, to: set)
    }

    private mutating func setItems(_ items: [PickleValue]) throws(PickleFault) {
        guard case .dictionary(let dictionary) = try top(), items.count.isMultiple(of: 2) else {
            throw damaged("keys and values are given to what is no dictionary")
        }
        try heap.count(keys: items.count / 2)
        for index in stride(from: 0, to: items.count, by: 2) {
            heap.set(try key(items[index]), to: items[index + 1], in: dictionary)
        }
    }

    private mutating func global(_ opcode: PickleOpcode) throws(PickleFault) -> TorchGlobal {
        var (module, name) = ("", "")
        if opcode == .global {
            (module, name) = (try reader.line(), try reader.line())
        } else {
            guard case .text(let last) = try pop(), case .text(let first) = try pop() else {
                throw damaged("a name is no text")
            }
            (module, name) = (first, last)
        }
        return try TorchGlobal(module: module, name: name, allowsTensorClasses: tensors != nil)
    }
}

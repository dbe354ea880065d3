/// A pickle of protocol 2 in the making: the part of it that PyTorch's state dicts need (docs.python.org/3/library/pickle).
struct PickleWriter {
    private(set) var bytes: [UInt8] = [0x80, 2]

    /// Begins a tuple, or the members of a dictionary.
    mutating func mark() { bytes.append(0x28) }
    /// Ends the tuple that `mark` began.
    mutating func tuple() { bytes.append(0x74) }
    /// An empty tuple.
    mutating func emptyTuple() { bytes.append(0x29) }
    /// Calls what stands before the last tuple with it.
    mutating func reduce() { bytes.append(0x52) }
    /// Puts the pairs since `mark` into the dictionary before it.
    mutating func setItems() { bytes.append(0x75) }
    /// Replaces the last tuple with what it refers to outside of the pickle.
    mutating func persistentIdentifier() { bytes.append(0x51) }
    /// `False`.
    mutating func no() { bytes.append(0x89) }
    mutating func stop() { bytes.append(0x2E) }

    /// Something that has a name in a Python module.
    mutating func global(_ module: String, _ name: String) { bytes += [0x63] + Array("\(module)\n\(name)\n".utf8) }

    mutating func text(_ text: String) {
        let utf8 = Array(text.utf8)
        bytes += [0x58] + littleEndian(UInt32(utf8.count)) + utf8
    }

    /// A whole number that is not negative.
    mutating func number(_ value: Int) {
        if let small = UInt8(exactly: value) {
            bytes += [0x4B, small]
        } else if let medium = Int32(exactly: value) {
            bytes += [0x4A] + littleEndian(medium)
        } else {
            bytes += [0x8A, 8] + littleEndian(Int64(value))
        }
    }

    mutating func numbers(_ values: [Int]) {
        mark()
        for value in values { number(value) }
        tuple()
    }

    private func littleEndian(_ value: some FixedWidthInteger) -> [UInt8] {
        withUnsafeBytes(of: value.littleEndian) { Array($0) }
    }
}

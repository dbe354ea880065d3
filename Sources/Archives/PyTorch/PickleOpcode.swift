/// The instructions of pickles that are followed: those that PyTorch writes, and wrote. Names and numbers are those of
/// Python's `pickletools`.
enum PickleOpcode: UInt8 {
    case mark = 0x28
    case emptyTuple = 0x29
    case stop = 0x2E
    case binFloat = 0x47
    case binInt = 0x4A
    case binInt1 = 0x4B
    case binInt2 = 0x4D
    case none = 0x4E
    case binPersID = 0x51
    case reduce = 0x52
    case shortBinString = 0x55
    case binUnicode = 0x58
    case emptyList = 0x5D
    case append = 0x61
    case build = 0x62
    case global = 0x63
    case appends = 0x65
    case binGet = 0x68
    case longBinGet = 0x6A
    case binPut = 0x71
    case longBinPut = 0x72
    case setItem = 0x73
    case tuple = 0x74
    case setItems = 0x75
    case emptyDict = 0x7D
    case proto = 0x80
    case newObj = 0x81
    case tuple1 = 0x85
    case tuple2 = 0x86
    case tuple3 = 0x87
    case newTrue = 0x88
    case newFalse = 0x89
    case long1 = 0x8A
    case shortBinUnicode = 0x8C
    case emptySet = 0x8F
    case addItems = 0x90
    case stackGlobal = 0x93
    case memoize = 0x94
    case frame = 0x95

    private static let refused: [UInt8: String] = [
        0x30: "POP", 0x31: "POP_MARK", 0x32: "DUP", 0x42: "BINBYTES", 0x43: "SHORT_BINBYTES", 0x46: "FLOAT",
        0x49: "INT", 0x4C: "LONG", 0x50: "PERSID", 0x53: "STRING", 0x54: "BINSTRING", 0x56: "UNICODE", 0x64: "DICT",
        0x67: "GET", 0x69: "INST", 0x6C: "LIST", 0x6F: "OBJ", 0x70: "PUT", 0x82: "EXT1", 0x83: "EXT2", 0x84: "EXT4",
        0x8B: "LONG4", 0x8D: "BINUNICODE8", 0x8E: "BINBYTES8", 0x91: "FROZENSET", 0x92: "NEWOBJ_EX",
        0x96: "BYTEARRAY8", 0x97: "NEXT_BUFFER", 0x98: "READONLY_BUFFER",
    ]

    /// - Parameter position: where the instruction stands.
    /// - Throws: `PickleFault` for one that is not followed, or none.
    init(code: UInt8, at position: Int) throws(PickleFault) {
        if let opcode = PickleOpcode(rawValue: code) {
            self = opcode
        } else if let name = Self.refused[code] {
            throw PickleFault(
                "uses the instruction \(name) of pickles at byte \(position), which is refused: no state dict needs it; \(PickleFault.remedy)"
            )
        } else {
            throw .damaged("\(code) is no instruction", at: position)
        }
    }
}

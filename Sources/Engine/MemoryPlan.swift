/// Places buffers in one arena: buffers whose lives do not overlap share memory.
///
/// Time is counted in steps of the plan. A buffer lives from its first use to its last, both included.
struct MemoryPlan {
    /// A buffer of the arena, by index.
    struct Buffer: Hashable { fileprivate let index: Int }

    private struct Block {
        let byteCount: Int
        var firstUse = Int.max
        var lastUse = Int.min
        var offset = 0
    }

    private var blocks: [Block] = []
    /// The size of the arena; valid after `place()`.
    private(set) var byteCount = 0

    /// The time of a use that outlasts all steps.
    static let end = Int.max

    mutating func makeBuffer(byteCount: Int) -> Buffer {
        blocks.append(Block(byteCount: (byteCount + 63) & ~63))
        return Buffer(index: blocks.count - 1)
    }

    mutating func use(_ buffer: Buffer, at step: Int) {
        blocks[buffer.index].firstUse = min(blocks[buffer.index].firstUse, step)
        blocks[buffer.index].lastUse = max(blocks[buffer.index].lastUse, step)
    }

    /// Keeps whatever is written before `step` and used from there on until the end, so that the steps from there on can
    /// run again.
    mutating func keepAcross(_ step: Int) {
        for index in blocks.indices where blocks[index].firstUse < step && blocks[index].lastUse >= step {
            blocks[index].lastUse = Self.end
        }
    }

    /// Chooses an offset for every buffer: the largest first, each at the lowest place that is free during its life.
    mutating func place() {
        let order = blocks.indices.filter { blocks[$0].firstUse <= blocks[$0].lastUse }
            .sorted { (blocks[$0].byteCount, $1) > (blocks[$1].byteCount, $0) }
        var placed: [Int] = []
        for index in order {
            let block = blocks[index]
            let neighbours = placed.filter {
                blocks[$0].firstUse <= block.lastUse && block.firstUse <= blocks[$0].lastUse
            }.sorted { blocks[$0].offset < blocks[$1].offset }
            var offset = 0
            for neighbour in neighbours {
                if offset + block.byteCount <= blocks[neighbour].offset { break }
                offset = max(offset, blocks[neighbour].offset + blocks[neighbour].byteCount)
            }
            blocks[index].offset = offset
            byteCount = max(byteCount, offset + block.byteCount)
            placed.append(index)
        }
    }

    func byteCount(of buffer: Buffer) -> Int { blocks[buffer.index].byteCount }

    func offset(of buffer: Buffer) -> Int { blocks[buffer.index].offset }
}

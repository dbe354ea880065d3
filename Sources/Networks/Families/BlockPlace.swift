import Files

/// Where in a network of stages and blocks a node stands: `layer2.block1.shortcut.conv` is `shortcut.conv` in block 1 of
/// stage 2.
struct BlockPlace {
    /// From 1, as the block within its stage.
    let stage: Int
    let block: Int
    /// The names of what is in a block.
    let rest: [Substring]

    /// Nil for a node that stands in no block.
    init?(_ node: String) {
        let parts = node.split(separator: ".")
        guard parts.count > 2, let stage = parts[0].number(after: "layer"), let block = parts[1].number(after: "block")
        else { return nil }
        (self.stage, self.block) = (stage, block)
        rest = Array(parts[2...])
    }
}

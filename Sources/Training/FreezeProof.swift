/// Whether the frozen tensors of a run's stage, running statistics included, are at its end what they were before it.
package struct FreezeProof: Codable, Hashable, Sendable {
    /// The name of the recipe's stage.
    package let stage: String
    /// How many tensors were frozen.
    package let tensors: Int
    /// A hash of all frozen tensors before the stage, in hexadecimal digits.
    package let hashBefore: String
    /// The same hash after the stage.
    package let hashAfter: String

    package init(stage: String, tensors: Int, hashBefore: String, hashAfter: String) {
        self.stage = stage
        self.tensors = tensors
        self.hashBefore = hashBefore
        self.hashAfter = hashAfter
    }

    /// Whether nothing frozen moved.
    package var holds: Bool { hashBefore == hashAfter }
}

/// The weights of a convolution in the layouts that its methods want.
struct PackedWeights {
    /// Whether batch norm is folded in.
    let isFolded: Bool
    /// Whose layouts they have.
    let forwardUser: ConvolutionMethod
    let backwardUser: ConvolutionMethod?
    /// f, one float for each output channel.
    let factors: UnsafeMutableBufferPointer<Float>
    /// t, one float for each output channel.
    let bias: UnsafeMutableBufferPointer<Float>
    let forward: Storage
    /// For the gradient of the input; nil where none is computed.
    let backward: Storage?
}

extension PackedWeights {
    /// Whether another plan's methods want the same weights in the same layouts.
    func fits(isFolded: Bool, _ forward: ConvolutionMethod, _ inputGradient: ConvolutionMethod?) -> Bool {
        guard isFolded == self.isFolded, forward.sharesWeightsLayout(with: forwardUser) else { return false }
        guard let inputGradient else { return true }
        return backwardUser.map(inputGradient.sharesWeightsLayout) ?? false
    }
}

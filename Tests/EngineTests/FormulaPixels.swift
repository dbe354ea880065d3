import Engine
import Networks

extension Plan {
    /// Fills the input with pixels of a formula.
    func fillPixels() {
        for i in pixels.indices { pixels[i] = UInt8(truncatingIfNeeded: (i &* 2_654_435_761) >> 9) }
    }
}

/// The whole maps that layers of a network yield for such pixels.
/// - Parameter taps: the names of the layers.
func maps(
    of network: Network, _ store: ParameterStore, height: Int, width: Int, _ precision: Precision, at taps: [String]
) throws -> [[Float]] {
    var configuration = Plan.Configuration(batch: 3, height: height, width: width, precision: precision, taps: taps)
    configuration.tapPooling = .none
    let plan = try Plan(network: network, parameters: store, preprocessing: .torch, configuration: configuration)
    plan.fillPixels()
    try plan.forward()
    return taps.map { Array(plan.output($0)) }
}

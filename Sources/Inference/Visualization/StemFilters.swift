import Images
import Networks
import Pretrained

/// The filters of a network's first convolution as pictures (Krizhevsky, Sutskever and Hinton 2012, figure 3).
package struct StemFilters {
    /// One for each output channel, kernel × kernel pixels in RGB: grey is 0, and the weight farthest from 0 is black or
    /// full in its channel.
    package let pictures: [Image]
    /// The largest absolute weight of each filter.
    package let peaks: [Float]

    package init(of model: Model) {
        guard
            let node = model.network.nodes.first(where: \.operation.isConvolution),
            let weight = node.parameters.first(where: { $0.role == .weight })
        else { preconditionFailure("a network begins with a convolution") }
        let (kernel, count) = (weight.shape[1], weight.shape[1] * weight.shape[2] * 3)
        let weights = model.parameters[weight.name]
        let isReversed = model.preprocessing.channelOrder == .bgr
        let filters = (0..<weight.shape[0]).map { Array(weights[$0 * count..<($0 + 1) * count]) }
        peaks = filters.map { $0.reduce(0) { max($0, abs($1)) } }
        pictures = zip(filters, peaks).map { filter, peak in
            let pixels = filter.indices.map { index in
                let source = isReversed ? index / 3 * 3 + 2 - index % 3 : index
                return UInt8((127.5 + 127.5 * (peak > 0 ? filter[source] / peak : 0)).rounded())
            }
            return Image(width: kernel, height: kernel, pixels: pixels)
        }
    }

    /// All filters in a square of rows, each pixel of theirs enlarged.
    package var figure: Image {
        let side = pictures[0].width
        return .grid(pictures.map { $0.enlarged(by: max(48 / side, 1)) }, columns: squareColumns(pictures.count))
    }
}

/// The columns of a grid of `count` cells that is about as wide as high.
func squareColumns(_ count: Int) -> Int { Int(Double(count).squareRoot().rounded(.up)) }

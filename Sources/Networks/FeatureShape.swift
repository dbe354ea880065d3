import Files

/// The shape of one image's feature map.
public struct FeatureShape: Hashable, Sendable, CustomStringConvertible {
    public let height: Int
    public let width: Int
    public let channels: Int

    public init(height: Int, width: Int, channels: Int) {
        self.height = height
        self.width = width
        self.channels = channels
    }

    /// H·W·C.
    public var count: Int { height * width * channels }
    public var description: String { "\(height)×\(width)×\(channels)" }
}

/// An input too small for the network.
public struct ImageSizeError: UserFacingError {
    let network: String
    let height: Int
    let width: Int
    let layer: String

    package var kind: ErrorKind { .usage }
    public var description: String {
        "\(network) cannot take images of \(height)×\(width): nothing is left at \(layer); use larger images"
    }
}

/// A sum of feature maps that do not have the same shape for images of this size.
public struct UnequalShapesError: UserFacingError {
    let network: String
    let height: Int
    let width: Int
    let layer: String
    let summands: [FeatureShape]

    package var kind: ErrorKind { .usage }
    public var description: String {
        """
        \(network) cannot take images of \(height)×\(width): \(layer) would add \
        \(summands.map(\.description).joined(separator: " and ")); use images of another size
        """
    }
}

/// Images of another size than that of a head that reads every position of the feature map.
public struct FlattenedSizeError: UserFacingError {
    let network: String
    let height: Int
    let width: Int
    let actual: FeatureShape
    let expected: FeatureShape

    package var kind: ErrorKind { .usage }
    public var description: String {
        """
        \(network)'s head reads every position of a feature map of \(expected), but images of \(height)×\(width) yield \
        \(actual); use the size that it was trained on
        """
    }
}

extension Network {
    /// The output shape of every node, by index, for input images of `height` × `width`.
    /// - Throws: `ImageSizeError` where a feature map would vanish, `UnequalShapesError` where a sum is of unequal ones,
    ///   `FlattenedSizeError` where it has not the size that the head reads.
    package func shapes(height: Int, width: Int) throws -> [FeatureShape] {
        var shapes: [FeatureShape] = []
        for node in nodes {
            let input = node.inputs.first.map { shapes[$0] } ?? FeatureShape(height: height, width: width, channels: 3)
            let inputs = node.inputs.map { shapes[$0] }
            guard inputs.allSatisfy({ $0 == input }) else {
                throw UnequalShapesError(
                    network: name, height: height, width: width, layer: node.name, summands: inputs)
            }
            if case .flatten(let rows, let columns) = node.operation, (rows, columns) != (input.height, input.width) {
                throw FlattenedSizeError(
                    network: name, height: height, width: width, actual: input,
                    expected: FeatureShape(height: rows, width: columns, channels: input.channels))
            }
            let shape = node.operation.outputShape(of: input)
            guard shape.height > 0, shape.width > 0 else {
                throw ImageSizeError(network: name, height: height, width: width, layer: node.name)
            }
            shapes.append(shape)
        }
        return shapes
    }

    /// How many positions H·W of a feature map each linear layer takes, by its name, for input images of `height` ×
    /// `width`.
    /// - Throws: as `shapes(height:width:)`.
    package func linearInputPositions(height: Int, width: Int) throws -> [String: Int] {
        let shapes = try shapes(height: height, width: width)
        var positions: [String: Int] = [:]
        for node in nodes {
            guard case .linear = node.operation, let input = node.inputs.first else { continue }
            var map = shapes[input]
            if case .flatten = nodes[input].operation { map = shapes[nodes[input].inputs[0]] }
            positions[node.name] = map.height * map.width
        }
        return positions
    }
}

extension Operation {
    func outputShape(of input: FeatureShape) -> FeatureShape {
        func windowed(_ kernel: Int, _ stride: Int, _ padding: Int, channels: Int) -> FeatureShape {
            func size(_ n: Int) -> Int { n + 2 * padding < kernel ? 0 : (n + 2 * padding - kernel) / stride + 1 }
            return FeatureShape(height: size(input.height), width: size(input.width), channels: channels)
        }
        switch self {
        case .input, .batchNorm, .relu, .add, .dropout: return input
        case .convolution(let c): return windowed(c.kernel, c.stride, c.padding, channels: c.outputChannels)
        case .maxPool(let kernel, let stride, let padding):
            return windowed(kernel, stride, padding, channels: input.channels)
        case .globalAveragePool, .globalMaxPool: return FeatureShape(height: 1, width: 1, channels: input.channels)
        case .flatten: return FeatureShape(height: 1, width: 1, channels: input.count)
        case .adaptiveAveragePool(let rows, let columns):
            return FeatureShape(height: rows, width: columns, channels: input.channels)
        case .paddedShortcut(let stride, let channels): return windowed(1, stride, 0, channels: channels)
        case .linear(let outputs): return FeatureShape(height: 1, width: 1, channels: outputs)
        }
    }
}

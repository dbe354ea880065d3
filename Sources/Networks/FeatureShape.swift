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
    /// Whether it has one position.
    package var isOnePosition: Bool { height == 1 && width == 1 }
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

/// Feature maps that do not meet, for images of this size.
public struct UnequalShapesError: UserFacingError {
    let network: String
    let height: Int
    let width: Int
    let layer: String
    let operation: String
    let inputs: [FeatureShape]

    package var kind: ErrorKind { .usage }
    public var description: String {
        """
        \(network) cannot take images of \(height)×\(width): \(layer) (\(operation)) would get \
        \(inputs.map(\.description).joined(separator: " and ")); use images of another size
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

/// A network that cannot be: a layer that cannot take its inputs, whatever the size of the images.
package struct NetworkError: UserFacingError {
    let network: String
    let layer: String
    let reason: String

    package var kind: ErrorKind { .data }
    package var description: String { "\(network) cannot be: \(layer): \(reason)" }
}

extension NetworkError {
    init(network: String, layer: String, _ operation: Operation, _ problem: DescriptionProblem) {
        let reason =
            switch problem {
            case .channels(let channels):
                "it cannot take \(channels.map(String.init).joined(separator: " and ")) channels"
            case .inputCount(let count): "it cannot take \(count) feature maps"
            case .impossible: "its numbers make no sense"
            }
        self.init(network: network, layer: "\(layer) (\(operation.traits.words))", reason: reason)
    }
}

extension Network {
    /// How many channels the images have.
    package var inputChannels: Int {
        guard case .input(let input) = nodes[0].operation else {
            preconditionFailure("a network begins with its input")
        }
        return input.channels
    }

    /// The output shape of every node, by index, for input images of `height` × `width`.
    /// - Throws: `ImageSizeError` where a feature map would vanish, `UnequalShapesError` where feature maps do not meet,
    ///   `FlattenedSizeError` where one has not the size that the head reads.
    package func shapes(height: Int, width: Int) throws -> [FeatureShape] {
        var shapes = [FeatureShape(height: height, width: width, channels: inputChannels)]
        for node in nodes.dropFirst() {
            let inputs = node.inputs.map { shapes[$0] }
            do throws(ShapeProblem) {
                shapes.append(try node.operation.traits.outputShape(of: inputs))
            } catch {
                throw sizeError(height: height, width: width, node, error)
            }
        }
        return shapes
    }

    private func sizeError(height: Int, width: Int, _ node: Node, _ problem: ShapeProblem) -> any Error {
        switch problem {
        case .nothingLeft: ImageSizeError(network: name, height: height, width: width, layer: node.name)
        case .flattened(let expected, let actual):
            FlattenedSizeError(network: name, height: height, width: width, actual: actual, expected: expected)
        case .unequal(let inputs):
            UnequalShapesError(
                network: name, height: height, width: width, layer: node.name, operation: node.operation.description,
                inputs: inputs)
        }
    }

    /// How many positions H·W of a feature map each linear layer takes, by its name, for input images of `height` ×
    /// `width`.
    /// - Throws: as `shapes(height:width:)`.
    package func linearInputPositions(height: Int, width: Int) throws -> [String: Int] {
        let shapes = try shapes(height: height, width: width)
        var positions: [String: Int] = [:]
        for node in nodes {
            guard case .linear = node.operation, var input = node.inputs.first else { continue }
            // What changes the order of no values may stand between.
            while nodes[input].operation.traits.worksInPlace, nodes[input].inputs.count == 1 {
                input = nodes[input].inputs[0]
            }
            positions[node.name] = shapes[input].height * shapes[input].width
        }
        return positions
    }
}

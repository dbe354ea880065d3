import Datasets
import Images
import Pretrained

/// How far apart two vectors of features are.
package enum FeatureDistance: String, CaseIterable, Sendable {
    /// One minus the cosine of the angle between them: 0...2, whatever their lengths.
    case cosine
    /// The length of their difference.
    case euclidean

    package func callAsFunction(_ a: some Collection<Float>, _ b: some Collection<Float>) -> Double {
        var (product, difference, squareOfA, squareOfB) = (0.0, 0.0, 0.0, 0.0)
        for (x, y) in zip(a, b) {
            let (x, y) = (Double(x), Double(y))
            product += x * y
            difference += (x - y) * (x - y)
            squareOfA += x * x
            squareOfB += y * y
        }
        switch self {
        case .euclidean: return difference.squareRoot()
        case .cosine:
            let lengths = (squareOfA * squareOfB).squareRoot()
            return lengths > 0 ? max(1 - product / lengths, 0) : 1
        }
    }
}

/// The images that a network finds most like another.
package struct NearestImages {
    package struct Neighbour: Sendable {
        package let sample: Sample
        package let distance: Double
    }

    package let query: Sample
    /// The nearest first; of equally near ones in the samples' order.
    package let neighbours: [Neighbour]
    /// How reading the samples went.
    package let pass: Pass

    /// Compares an image with others by their features.
    ///
    /// - Parameters:
    ///   - samples: the others; the query itself may be among them.
    ///   - tap: a stage, whose features are averaged over space, or `pool`.
    ///   - count: how many neighbours are kept.
    ///   - progress: told after every batch; what it throws ends the pass.
    /// - Throws: `DatasetError` where the query cannot be read; as `Predictor.features`.
    package init(
        to query: Sample, among samples: [Sample], by predictor: Predictor, tap: String, distance: FeatureDistance,
        count: Int, progress: (PassProgress) throws -> Void = { _ in }
    ) throws {
        var features: [Float] = []
        let first = try predictor.features([query], taps: [tap]) { features = Array($1[0]) }
        guard first.badImages.isEmpty else { throw DatasetError.badImages(first.badImages) }
        var nearest: [Neighbour] = []
        pass = try predictor.features(samples, taps: [tap], progress: progress) { sample, outputs in
            let neighbour = Neighbour(sample: sample, distance: distance(features, outputs[0]))
            let place = nearest.firstIndex { $0.distance > neighbour.distance } ?? nearest.endIndex
            guard place < count else { return }
            nearest.insert(neighbour, at: place)
            if nearest.count > count { nearest.removeLast() }
        }
        self.query = query
        neighbours = nearest
    }

    /// The query in a frame and its neighbours, row after row, as the model's network sees them.
    /// - Throws: `ImageError`, should an image have become unreadable.
    package func figure(of model: Model, side: Int = 128, columns: Int = 6) throws -> Image {
        let cells = try ([query] + neighbours.map(\.sample)).map { sample in
            try sample.content.image().fitted(to: side, model.resize)
        }
        let orange = RGB(230, 97, 1)
        return .grid([cells[0].framed(orange, width: 4)] + cells.dropFirst(), columns: columns, margin: 4)
    }
}

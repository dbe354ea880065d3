import Glibc

extension Image {
    /// A Gaussian blur over 2·⌈3·sigma⌉ + 1 pixels each way, the picture reflected at its edges: torchvision's
    /// `gaussian_blur` with that kernel size.
    package func blurred(sigma: Double) -> Image {
        let radius = min(max(Int((3 * min(sigma, 1000)).rounded(.up)), 0), max(width, height) - 1)
        guard radius > 0 else { return self }
        let weights = Self.gaussian(sigma: sigma, radius: radius)
        let rowLength = 3 * width
        var rows = [Float](repeating: 0, count: rowLength * height)
        blurRows(weights, radius: radius, into: &rows)
        return Image(width: width, height: height) { output in
            var sums = [Float](repeating: 0, count: rowLength)
            for y in 0..<height {
                for i in 0..<rowLength { sums[i] = 0.5 }
                for (tap, weight) in weights.enumerated() {
                    let start = reflected(y + tap - radius, in: height) * rowLength
                    rows.withUnsafeBufferPointer { rows in
                        sums.withUnsafeMutableBufferPointer { sums in
                            for i in 0..<rowLength { sums[i] += weight * rows[start + i] }
                        }
                    }
                }
                for i in 0..<rowLength { output[y * rowLength + i] = UInt8(min(max(sums[i], 0), 255)) }
            }
        }
    }

    /// Blurs along x.
    private func blurRows(_ weights: [Float], radius: Int, into rows: inout [Float]) {
        let rowLength = 3 * width
        var padded = [Float](repeating: 0, count: 3 * (width + 2 * radius))
        let columns = (0..<width + 2 * radius).map { 3 * reflected($0 - radius, in: width) }
        withPixels { input in
            rows.withUnsafeMutableBufferPointer { rows in
                padded.withUnsafeMutableBufferPointer { padded in
                    for y in 0..<height {
                        for (x, column) in columns.enumerated() {
                            let source = input + y * rowLength + column
                            for channel in 0..<3 { padded[3 * x + channel] = Float(source[channel]) }
                        }
                        for (tap, weight) in weights.enumerated() {
                            for i in 0..<rowLength { rows[y * rowLength + i] += weight * padded[3 * tap + i] }
                        }
                    }
                }
            }
        }
    }

    private static func gaussian(sigma: Double, radius: Int) -> [Float] {
        let weights = (-radius...radius).map { exp(-0.5 * (Double($0) / sigma) * (Double($0) / sigma)) }
        let sum = weights.reduce(0, +)
        return weights.map { Float($0 / sum) }
    }
}

/// The index that a mirror at the first and last element shows, as often as needed.
private func reflected(_ index: Int, in count: Int) -> Int {
    guard count > 1 else { return 0 }
    let period = 2 * (count - 1)
    let place = ((index % period) + period) % period
    return min(place, period - place)
}

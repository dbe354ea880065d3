import Kernels
import Tensors

extension Image {
    /// A region of a random share of the area and a random ratio of width to height, at a random place, as torchvision's
    /// `RandomResizedCrop` draws it.
    func randomRegion(
        scale: ClosedRange<Double>, ratio: ClosedRange<Double>, using random: inout RandomStream
    ) -> PixelRegion {
        for _ in 0..<10 {
            let area = Double(width * height) * random.uniform(in: scale)
            let aspect = random.logUniform(in: ratio)
            let wide = roundedToEven((area * aspect).squareRoot())
            let high = roundedToEven((area / aspect).squareRoot())
            guard (1...width).contains(wide), (1...height).contains(high) else { continue }
            let y = random.integer(below: height - high + 1)
            let x = random.integer(below: width - wide + 1)
            return PixelRegion(x: x, y: y, width: wide, height: high)
        }
        return largestMiddle(ratio: ratio)
    }

    /// The largest region in the middle whose ratio of width to height is allowed.
    private func largestMiddle(ratio: ClosedRange<Double>) -> PixelRegion {
        let own = Double(width) / Double(height)
        var (wide, high) = (width, height)
        if own < ratio.lowerBound {
            high = roundedToEven(Double(width) / ratio.lowerBound)
        } else if own > ratio.upperBound {
            wide = roundedToEven(Double(height) * ratio.upperBound)
        }
        (wide, high) = (min(max(wide, 1), width), min(max(high, 1), height))
        return PixelRegion(x: (width - wide) / 2, y: (height - high) / 2, width: wide, height: high)
    }

    /// Moves the picture right and down by whole pixels.
    package func shifted(x: Int, y: Int, fill: RGB) -> Image {
        if x == 0 && y == 0 { return self }
        var result = Image(width: width, height: height, filledWith: fill)
        result.paste(self, x: x, y: y)
        return result
    }

    /// Paints a random rectangle, as torchvision's `RandomErasing` draws it; after ten tries that do not fit, none.
    mutating func erase(
        scale: ClosedRange<Double>, ratio: ClosedRange<Double>, fill: RGB, using random: inout RandomStream
    ) {
        for _ in 0..<10 {
            let area = Double(width * height) * random.uniform(in: scale)
            let aspect = random.logUniform(in: ratio)
            let high = roundedToEven((area * aspect).squareRoot())
            let wide = roundedToEven((area / aspect).squareRoot())
            guard (1..<max(width, 2)).contains(wide), (1..<max(height, 2)).contains(high) else { continue }
            let y = random.integer(below: height - high + 1)
            let x = random.integer(below: width - wide + 1)
            return erase(PixelRegion(x: x, y: y, width: wide, height: high), fill: fill)
        }
    }

    /// Paints a region that lies in the picture.
    package mutating func erase(_ region: PixelRegion, fill: RGB) {
        paste(Image(width: region.width, height: region.height, filledWith: fill), x: region.x, y: region.y)
    }

    /// Exchanges left and right.
    package mutating func flipHorizontally() {
        let (width, height) = (width, height)
        withMutablePixels { kernel_mirror($0, width, height) }
    }

    package func flippedHorizontally() -> Image {
        var result = self
        result.flipHorizontally()
        return result
    }

    /// The picture with top and bottom exchanged.
    package func flippedVertically() -> Image {
        let rowBytes = 3 * width
        return Image(width: width, height: height) { output in
            withPixels { input in
                for y in 0..<height {
                    (output + y * rowBytes).update(from: input + (height - 1 - y) * rowBytes, count: rowBytes)
                }
            }
        }
    }
}

/// The nearest whole number, a half to even as in Python; 0 for what no picture can measure.
func roundedToEven(_ value: Double) -> Int {
    abs(value) < 0x1p31 ? Int(value.rounded(.toNearestOrEven)) : 0
}

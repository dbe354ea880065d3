import Kernels

extension Image {
    /// The picture at another size, byte for byte as Pillow's `resize((width, height), BILINEAR, box)`: a triangle
    /// filter, widened when shrinking so that nothing aliases.
    /// - Parameter box: the part to show, in pixels, within the picture. The filter still reaches the pixels around it.
    package func resized(
        width: Int, height: Int, box: (x0: Double, y0: Double, x1: Double, y1: Double)? = nil
    ) -> Image {
        let box = box ?? (0, 0, Double(self.width), Double(self.height))
        return resampled(
            bounds, xBox: (Float(box.x0), Float(box.x1)), yBox: (Float(box.y0), Float(box.y1)),
            to: (width, height), keeping: PixelRegion(x: 0, y: 0, width: width, height: height))
    }

    /// Crops, then resizes: the filter does not see what the crop removed.
    package func cropped(_ region: PixelRegion, resizedTo size: (width: Int, height: Int)) -> Image {
        resampled(
            region, xBox: (0, Float(region.width)), yBox: (0, Float(region.height)),
            to: size, keeping: PixelRegion(x: 0, y: 0, width: size.width, height: size.height))
    }

    /// Resizes, then crops, without computing what the crop removes.
    package func resized(width: Int, height: Int, keeping kept: PixelRegion) -> Image {
        resampled(
            bounds, xBox: (0, Float(self.width)), yBox: (0, Float(self.height)), to: (width, height), keeping: kept)
    }

    /// The pixels of a region.
    package func cropped(_ region: PixelRegion) -> Image {
        region == bounds ? self : cropped(region, resizedTo: (region.width, region.height))
    }

    /// The general resize: the box of a region of the picture, at a size, of which a part is kept.
    private func resampled(
        _ region: PixelRegion, xBox: (Float, Float), yBox: (Float, Float), to size: (width: Int, height: Int),
        keeping kept: PixelRegion
    ) -> Image {
        precondition(bounds.contains(region), "the region lies in the picture")
        precondition(
            xBox.0 >= 0 && xBox.0 < xBox.1 && xBox.1 <= Float(region.width) && yBox.0 >= 0 && yBox.0 < yBox.1
                && yBox.1 <= Float(region.height), "the box lies in the picture")
        precondition(
            PixelRegion(x: 0, y: 0, width: size.width, height: size.height).contains(kept),
            "what is kept lies in the output")
        let columns = ResampleWeights(
            inputCount: region.width, box: xBox, outputCount: size.width, kept: kept.x..<kept.x + kept.width)
        var rows = ResampleWeights(
            inputCount: region.height, box: yBox, outputCount: size.height, kept: kept.y..<kept.y + kept.height)
        let needed = rows.inputs
        rows.move(origin: needed.lowerBound)

        // Horizontal first, only the rows that the vertical pass reads. A pass that changes nothing is a copy: its
        // weights are 0 and 1.
        let sourceStride = 3 * width
        let narrow = Image(width: kept.width, height: needed.count) { output in
            withPixels { input in
                let start = input + (region.y + needed.lowerBound) * sourceStride + 3 * region.x
                if xBox == (0, Float(size.width)) {
                    copyRows(start + 3 * kept.x, stride: sourceStride, count: needed.count, of: 3 * kept.width, to: output)
                } else {
                    columns.withAxis { resample_horizontally(start, sourceStride, needed.count, $0, output) }
                }
            }
        }
        if yBox == (0, Float(size.height)) { return narrow }
        return Image(width: kept.width, height: kept.height) { output in
            narrow.withPixels { input in
                rows.withAxis { resample_vertically(input, 3 * kept.width, 3 * kept.width, $0, output) }
            }
        }
    }
}

private func copyRows(
    _ input: UnsafePointer<UInt8>, stride: Int, count: Int, of bytes: Int, to output: UnsafeMutablePointer<UInt8>
) {
    for y in 0..<count { (output + y * bytes).update(from: input + y * stride, count: bytes) }
}

extension PixelRegion {
    func contains(_ other: PixelRegion) -> Bool {
        other.width > 0 && other.height > 0 && other.x >= x && other.y >= y
            && other.x + other.width <= x + width && other.y + other.height <= y + height
    }
}

extension ResampleWeights {
    /// Hands the weights to a kernel.
    fileprivate func withAxis(_ body: (ResampleAxis) -> Void) {
        starts.withUnsafeBufferPointer { starts in
            counts.withUnsafeBufferPointer { counts in
                weights.withUnsafeBufferPointer { weights in
                    body(
                        ResampleAxis(
                            starts: starts.baseAddress, counts: counts.baseAddress, weights: weights.baseAddress,
                            stride: stride, count: starts.count))
                }
            }
        }
    }
}

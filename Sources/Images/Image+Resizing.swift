import Kernels

extension Image {
    /// The picture at another size, byte for byte as Pillow's `resize((width, height), BILINEAR, box)`: a triangle
    /// filter, widened when shrinking so that nothing aliases.
    /// - Parameter box: the part to show, in pixels, within the picture. The filter still reaches the pixels around it.
    package func resized(
        width: Int, height: Int, box: (x0: Double, y0: Double, x1: Double, y1: Double)? = nil
    ) -> Image {
        let box = box ?? (0, 0, Double(self.width), Double(self.height))
        let single = ResampleWeights.singlePrecision
        return resampled(
            bounds, xBox: (single(box.x0), single(box.x1)), yBox: (single(box.y0), single(box.y1)),
            to: (width, height), keeping: PixelRegion(x: 0, y: 0, width: width, height: height))
    }

    /// Crops, then resizes: the filter does not see what the crop removed.
    /// - Parameter mirrored: whether left and right are exchanged too.
    package func cropped(
        _ region: PixelRegion, resizedTo size: (width: Int, height: Int), mirrored: Bool = false
    ) -> Image {
        resampled(
            region, xBox: (0, Double(region.width)), yBox: (0, Double(region.height)), to: size,
            keeping: PixelRegion(x: 0, y: 0, width: size.width, height: size.height), mirrored: mirrored)
    }

    /// Resizes, then crops, without computing what the crop removes.
    package func resized(width: Int, height: Int, keeping kept: PixelRegion) -> Image {
        resampled(
            bounds, xBox: (0, Double(self.width)), yBox: (0, Double(self.height)), to: (width, height), keeping: kept)
    }

    /// The pixels of a region.
    package func cropped(_ region: PixelRegion) -> Image {
        precondition(bounds.contains(region), "the region lies in the picture")
        return copied(region)
    }

    /// The general resize: the box of a region of the picture, at a size, of which a part is kept, as it is or mirrored.
    private func resampled(
        _ region: PixelRegion, xBox: (Double, Double), yBox: (Double, Double), to size: (width: Int, height: Int),
        keeping kept: PixelRegion, mirrored: Bool = false
    ) -> Image {
        precondition(bounds.contains(region), "the region lies in the picture")
        precondition(
            xBox.0 >= 0 && xBox.0 < xBox.1 && xBox.1 <= Double(region.width) && yBox.0 >= 0 && yBox.0 < yBox.1
                && yBox.1 <= Double(region.height), "the box lies in the picture")
        precondition(
            PixelRegion(x: 0, y: 0, width: size.width, height: size.height).contains(kept),
            "what is kept lies in the output")
        var columns = ResampleWeights(
            inputCount: region.width, box: xBox, outputCount: size.width, kept: kept.x..<kept.x + kept.width)
        var rows = ResampleWeights(
            inputCount: region.height, box: yBox, outputCount: size.height, kept: kept.y..<kept.y + kept.height)
        let isVerticalFirst = Self.isVerticalFirst(from: region, to: size)

        // Nothing is computed that the result does not need.
        let (neededColumns, neededRows) = (columns.inputs, rows.inputs)
        let needed = PixelRegion(
            x: region.x + neededColumns.lowerBound, y: region.y + neededRows.lowerBound,
            width: neededColumns.count, height: neededRows.count)
        columns.move(origin: neededColumns.lowerBound)
        rows.move(origin: neededRows.lowerBound)
        if mirrored { columns.mirror() }
        if isVerticalFirst {
            let low = resampledRows(of: needed, rows)
            return low.resampledColumns(of: low.bounds, columns)
        }
        let narrow = resampledColumns(of: needed, columns)
        return narrow.resampledRows(of: narrow.bounds, rows)
    }

    /// The order of the two passes, which shows in the rounding: Pillow 13 begins with the vertical one where the height
    /// shrinks by more than twice as many pixels as the width. (Before, Pillow always began with the horizontal one.)
    private static func isVerticalFirst(from region: PixelRegion, to size: (width: Int, height: Int)) -> Bool {
        let (widthLoss, heightLoss) = (region.width - size.width, region.height - size.height)
        return heightLoss > 0 && heightLoss > 2 * widthLoss
    }

    private func resampledColumns(of region: PixelRegion, _ weights: ResampleWeights) -> Image {
        if weights.isCopy { return copied(region) }
        return Image(width: weights.starts.count, height: region.height) { output in
            withPixels { input in
                weights.withAxis {
                    kernel_resample_columns(input + offset(of: region), 3 * width, region.height, $0, output)
                }
            }
        }
    }

    private func resampledRows(of region: PixelRegion, _ weights: ResampleWeights) -> Image {
        if weights.isCopy { return copied(region) }
        return Image(width: region.width, height: weights.starts.count) { output in
            withPixels { input in
                weights.withAxis {
                    kernel_resample_rows(input + offset(of: region), 3 * width, 3 * region.width, $0, output)
                }
            }
        }
    }

    private func copied(_ region: PixelRegion) -> Image {
        if region == bounds { return self }
        return Image(width: region.width, height: region.height) { output in
            withPixels { input in
                let start = input + offset(of: region)
                for y in 0..<region.height {
                    (output + 3 * y * region.width).update(from: start + 3 * y * width, count: 3 * region.width)
                }
            }
        }
    }

    private func offset(of region: PixelRegion) -> Int { 3 * (region.y * width + region.x) }
}

extension PixelRegion {
    func contains(_ other: PixelRegion) -> Bool {
        other.width > 0 && other.height > 0 && other.x >= x && other.y >= y
            && other.x + other.width <= x + width && other.y + other.height <= y + height
    }
}

extension ResampleWeights {
    /// Hands the weights to a kernel.
    fileprivate func withAxis(_ body: (resample_axis) -> Void) {
        starts.withUnsafeBufferPointer { starts in
            counts.withUnsafeBufferPointer { counts in
                weights.withUnsafeBufferPointer { weights in
                    body(
                        resample_axis(
                            starts: starts.baseAddress, counts: counts.baseAddress, weights: weights.baseAddress,
                            stride: stride, count: starts.count))
                }
            }
        }
    }
}

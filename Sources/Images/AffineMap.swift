import Glibc
import Tensors

/// An affine change of a picture about its centre, with torchvision's conventions (`functional.affine`): shear first,
/// then scale, rotation and translation.
package struct AffineMap: Sendable, Hashable {
    /// Degrees, clockwise.
    package var rotation: Double
    /// Pixels to the right and down.
    package var translationX, translationY: Double
    package var scale: Double
    /// Degrees, parallel to the x and the y axis.
    package var shearX, shearY: Double

    package init(
        rotation: Double = 0, translation: (x: Double, y: Double) = (0, 0), scale: Double = 1,
        shear: (x: Double, y: Double) = (0, 0)
    ) {
        self.rotation = rotation
        (translationX, translationY) = translation
        self.scale = scale
        (shearX, shearY) = shear
    }

    /// The inverse map, from output to input: x' = a·x + b·y + c, y' = d·x + e·y + f.
    fileprivate func inverse(centre: (x: Double, y: Double)) -> InverseMap {
        let radians = Double.pi / 180
        let (angle, shearX, shearY) = (rotation * radians, shearX * radians, shearY * radians)
        // The determinant of rotation and shear is 1, so the inverse needs no division but by the scale.
        let a = (-sin(angle - shearY) * tan(shearX) / cos(shearY) + cos(angle)) / scale
        let b = (cos(angle - shearY) * tan(shearX) / cos(shearY) + sin(angle)) / scale
        let d = -sin(angle - shearY) / cos(shearY) / scale
        let e = cos(angle - shearY) / cos(shearY) / scale
        let (x, y) = (-centre.x - translationX, -centre.y - translationY)
        return InverseMap(a: a, b: b, c: a * x + b * y + centre.x, d: d, e: e, f: d * x + e * y + centre.y)
    }
}

private struct InverseMap {
    let a, b, c, d, e, f: Double
}

extension Image {
    /// A shift in whole pixels, up to fractions of the size.
    func randomShift(x: Double, y: Double, using random: inout RandomStream) -> (x: Int, y: Int) {
        let (limitX, limitY) = (abs(x) * Double(width), abs(y) * Double(height))
        let shiftX = random.uniform(in: -limitX...limitX)
        let shiftY = random.uniform(in: -limitY...limitY)
        return (roundedToEven(shiftX), roundedToEven(shiftY))
    }

    func randomMap(_ ranges: Augmentation.AffineRanges, using random: inout RandomStream) -> AffineMap {
        let rotation = random.uniform(in: ranges.degrees)
        let shift = randomShift(x: ranges.x, y: ranges.y, using: &random)
        let scale = random.uniform(in: ranges.scale)
        let shear = random.uniform(in: ranges.shearDegrees)
        return AffineMap(
            rotation: rotation, translation: (Double(shift.x), Double(shift.y)), scale: scale, shear: (shear, 0))
    }

    /// The picture changed by an affine map, sampled bilinearly and truncated to whole levels as Pillow's
    /// `transform(AFFINE, BILINEAR)` does.
    package func warped(_ map: AffineMap, fill: RGB) -> Image {
        let inverse = map.inverse(centre: (Double(width) * 0.5, Double(height) * 0.5))
        return Image(width: width, height: height) { output in
            withPixels { input in
                var target = output
                for y in 0..<height {
                    let downY = Double(y) + 0.5
                    for x in 0..<width {
                        let rightX = Double(x) + 0.5
                        let sourceX = inverse.a * rightX + inverse.b * downY + inverse.c
                        let sourceY = inverse.d * rightX + inverse.e * downY + inverse.f
                        sample(input, x: sourceX, y: sourceY, fill: fill, to: target)
                        target += 3
                    }
                }
            }
        }
    }

    /// One pixel at a point of the picture, whose pixels have their centres at halves.
    @inline(__always)
    private func sample(
        _ input: UnsafePointer<UInt8>, x: Double, y: Double, fill: RGB, to target: UnsafeMutablePointer<UInt8>
    ) {
        guard x >= 0, x < Double(width), y >= 0, y < Double(height) else {
            (target[0], target[1], target[2]) = (fill.red, fill.green, fill.blue)
            return
        }
        let (fromLeft, fromTop) = (x - 0.5, y - 0.5)
        let (column, row) = (fromLeft < 0 ? -1 : Int(fromLeft), fromTop < 0 ? -1 : Int(fromTop))
        let (shareX, shareY) = (fromLeft - Double(column), fromTop - Double(row))
        let (left, right) = (3 * max(column, 0), 3 * min(column + 1, width - 1))
        let upper = input + 3 * width * max(row, 0)
        let lower = input + 3 * width * min(row + 1, height - 1)
        for channel in 0..<3 {
            let above = mix(upper[left + channel], upper[right + channel], shareX)
            let below = mix(lower[left + channel], lower[right + channel], shareX)
            target[channel] = UInt8(above + (below - above) * shareY)
        }
    }
}

@inline(__always)
private func mix(_ first: UInt8, _ second: UInt8, _ share: Double) -> Double {
    Double(first) + Double(Int(second) - Int(first)) * share
}

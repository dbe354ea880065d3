import Glibc
import Kernels
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
    fileprivate func inverse(centre: (x: Double, y: Double)) -> affine_map {
        let radians = Double.pi / 180
        let (angle, shearX, shearY) = (rotation * radians, shearX * radians, shearY * radians)
        // The determinant of rotation and shear is 1, so the inverse needs no division but by the scale.
        let a = (-sin(angle - shearY) * tan(shearX) / cos(shearY) + cos(angle)) / scale
        let b = (cos(angle - shearY) * tan(shearX) / cos(shearY) + sin(angle)) / scale
        let d = -sin(angle - shearY) / cos(shearY) / scale
        let e = cos(angle - shearY) / cos(shearY) / scale
        let (x, y) = (-centre.x - translationX, -centre.y - translationY)
        return affine_map(a: a, b: b, c: a * x + b * y + centre.x, d: d, e: e, f: d * x + e * y + centre.y)
    }
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
            withPixels { kernel_warp($0, width, height, inverse, [fill.red, fill.green, fill.blue], output) }
        }
    }
}

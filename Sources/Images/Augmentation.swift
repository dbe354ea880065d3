/// A random change of a training picture that leaves its class alone.
///
/// Definitions and defaults follow torchvision's transforms of PIL images, except that geometry is sampled bilinearly.
/// Ranges are drawn from uniformly; `p` is the probability that anything happens at all; `fill` colours what was outside
/// the picture.
public enum Augmentation: Sendable, Hashable {
    /// A part of the picture, resized to the training size. `scale` is its share of the area, `ratio` its width over its
    /// height, drawn on a logarithmic scale. Ten tries, then the largest middle part whose ratio is allowed.
    case randomResizedCrop(scale: ClosedRange<Double>, ratio: ClosedRange<Double>)
    /// `padding` black pixels on every side, then a crop of the size as it was: the usual recipe for CIFAR.
    case randomCrop(padding: Int)
    case horizontalFlip(p: Double)
    case verticalFlip(p: Double)
    /// About the centre, counter-clockwise.
    case rotation(degrees: ClosedRange<Double>, fill: RGB)
    /// By up to the fraction `x` of the width and `y` of the height, either way, in whole pixels.
    case translation(x: Double, y: Double, fill: RGB)
    /// About the centre; above 1 enlarges.
    case scale(factor: ClosedRange<Double>, fill: RGB)
    /// Parallel to the x and the y axis, in degrees.
    case shear(x: ClosedRange<Double>, y: ClosedRange<Double>, fill: RGB)
    /// Shear, scale, rotation and translation in one sampling step.
    case affine(AffineRanges, fill: RGB)
    /// A blend with black: 0 is black, 1 the picture itself, 2 twice as bright.
    case brightness(factor: ClosedRange<Double>)
    /// A blend with the mean grey.
    case contrast(factor: ClosedRange<Double>)
    /// A blend with the picture in grey.
    case saturation(factor: ClosedRange<Double>)
    /// Turns of the colour circle, −0.5...0.5.
    case hue(shift: ClosedRange<Double>)
    /// Brightness, contrast, saturation and hue in random order.
    case colorJitter(
        brightness: ClosedRange<Double>, contrast: ClosedRange<Double>, saturation: ClosedRange<Double>,
        hue: ClosedRange<Double>)
    case grayscale(p: Double)
    /// `sigma` in pixels.
    case gaussianBlur(sigma: ClosedRange<Double>, p: Double)
    /// Normal noise, independent for each channel; `deviation` is its standard deviation as a share of 255.
    case noise(deviation: ClosedRange<Double>, p: Double)
    /// Paints a rectangle; `scale` is its share of the area, `ratio` its height over its width, on a logarithmic scale.
    case randomErasing(p: Double, scale: ClosedRange<Double>, ratio: ClosedRange<Double>, fill: RGB)

    /// What an affine change is drawn from.
    public struct AffineRanges: Sendable, Hashable {
        /// Clockwise.
        public var degrees: ClosedRange<Double>
        /// The largest shift, either way, as a fraction of the width.
        public var x: Double
        /// The largest shift, either way, as a fraction of the height.
        public var y: Double
        public var scale: ClosedRange<Double>
        /// Parallel to the x axis.
        public var shearDegrees: ClosedRange<Double>

        public init(
            degrees: ClosedRange<Double> = 0...0, x: Double = 0, y: Double = 0, scale: ClosedRange<Double> = 1...1,
            shearDegrees: ClosedRange<Double> = 0...0
        ) {
            self.degrees = degrees
            (self.x, self.y) = (x, y)
            self.scale = scale
            self.shearDegrees = shearDegrees
        }
    }
}

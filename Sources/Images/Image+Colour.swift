import Kernels

/// Colour changes with the definitions of Pillow's `ImageEnhance` and torchvision's `adjust_hue`: blends in single
/// precision, truncated to whole levels.
extension Image {
    /// A blend with black.
    package mutating func changeBrightness(by factor: Double) { blend(with: 0, factor) }

    /// A blend with the mean of the picture in grey.
    package mutating func changeContrast(by factor: Double) {
        let sum = withPixels { kernel_luma_sum($0, pixelCount) }
        blend(with: UInt8(Double(sum) / Double(pixelCount) + 0.5), factor)
    }

    /// A blend with the picture in grey.
    package mutating func changeSaturation(by factor: Double) {
        let count = pixelCount
        withMutablePixels { kernel_blend_luma($0, count, Float(factor)) }
    }

    /// Makes the picture grey, still with three channels.
    package mutating func makeGrey() { changeSaturation(by: 0) }

    /// Turns the colour circle by `shift` turns.
    package mutating func shiftHue(by shift: Double) {
        let steps = UInt8(truncatingIfNeeded: Int(min(max(shift, -1), 1) * 255))
        let count = pixelCount
        withMutablePixels { kernel_shift_hue($0, count, steps) }
    }

    private mutating func blend(with level: UInt8, _ factor: Double) {
        let count = pixelCount
        withMutablePixels { kernel_blend_level($0, 3 * count, level, Float(factor)) }
    }
}

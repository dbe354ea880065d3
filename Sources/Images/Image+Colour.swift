/// Colour changes with the definitions of Pillow's `ImageEnhance`: blends in single precision, truncated to whole levels.
extension Image {
    /// A blend with black.
    package func brightened(by factor: Double) -> Image { mapped { blend(0, $0, Float(factor)) } }

    /// A blend with the mean of the picture in grey.
    package func contrasted(by factor: Double) -> Image {
        var sum = 0
        withPixels { input in
            for i in 0..<width * height { sum += Int(luma(input + 3 * i)) }
        }
        let mean = UInt8(Double(sum) / Double(width * height) + 0.5)
        return mapped { blend(mean, $0, Float(factor)) }
    }

    /// A blend with the picture in grey.
    package func saturated(by factor: Double) -> Image {
        let factor = Float(factor)
        var result = self
        result.withMutablePixels { pixels in
            for i in 0..<width * height {
                let pixel = pixels + 3 * i
                let grey = luma(pixel)
                for channel in 0..<3 { pixel[channel] = blend(grey, pixel[channel], factor) }
            }
        }
        return result
    }

    /// The picture in grey, still with three channels.
    package func grey() -> Image {
        var result = self
        result.withMutablePixels { pixels in
            for i in 0..<width * height {
                let pixel = pixels + 3 * i
                let grey = luma(pixel)
                (pixel[0], pixel[1], pixel[2]) = (grey, grey, grey)
            }
        }
        return result
    }

    /// Every byte replaced by a function of it.
    private func mapped(_ change: (UInt8) -> UInt8) -> Image {
        let table = (0...255).map { change(UInt8($0)) }
        var result = self
        result.withMutablePixels { pixels in
            table.withUnsafeBufferPointer { table in
                for i in 0..<width * height * 3 { pixels[i] = table[Int(pixels[i])] }
            }
        }
        return result
    }
}

/// Luma of ITU-R BT.601 in Pillow's 16-bit fixed point.
@inline(__always)
private func luma(_ pixel: UnsafePointer<UInt8>) -> UInt8 {
    let red = UInt32(pixel[0]) &* 19_595
    let green = UInt32(pixel[1]) &* 38_470
    let blue = UInt32(pixel[2]) &* 7_471
    return UInt8(truncatingIfNeeded: (red &+ green &+ blue &+ 0x8000) >> 16)
}

/// From `first` (factor 0) to `second` (factor 1) and beyond, limited to 0...255.
@inline(__always)
private func blend(_ first: UInt8, _ second: UInt8, _ factor: Float) -> UInt8 {
    let value = Float(first) + factor * Float(Int(second) - Int(first))
    return UInt8(min(max(value, 0), 255))
}

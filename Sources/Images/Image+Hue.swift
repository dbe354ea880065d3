extension Image {
    /// Turns the colour circle by `shift` turns, by way of Pillow's 8-bit HSV as torchvision's `adjust_hue` does.
    package func hueShifted(by shift: Double) -> Image {
        let steps = UInt8(truncatingIfNeeded: Int(min(max(shift, -1), 1) * 255))
        var result = self
        result.withMutablePixels { pixels in
            for i in 0..<width * height {
                let pixel = pixels + 3 * i
                var colour = HSV(red: pixel[0], green: pixel[1], blue: pixel[2])
                colour.hue &+= steps
                (pixel[0], pixel[1], pixel[2]) = colour.rgb
            }
        }
        return result
    }
}

/// Hue, saturation and value in eight bits each. Single and double precision alternate as they do in Pillow, so that the
/// bytes agree.
private struct HSV {
    var hue, saturation, value: UInt8

    @inline(__always)
    init(red: UInt8, green: UInt8, blue: UInt8) {
        let largest = max(red, green, blue)
        let smallest = min(red, green, blue)
        value = largest
        guard largest > smallest else {
            (hue, saturation) = (0, 0)
            return
        }
        let spread = Float(largest - smallest)
        let lackOfRed = Float(largest - red) / spread
        let lackOfGreen = Float(largest - green) / spread
        let lackOfBlue = Float(largest - blue) / spread
        let sixth: Float
        if red == largest {
            sixth = lackOfBlue - lackOfGreen
        } else if green == largest {
            sixth = Float(2 + Double(lackOfRed) - Double(lackOfBlue))
        } else {
            sixth = Float(4 + Double(lackOfGreen) - Double(lackOfRed))
        }
        let turns = Double(sixth) / 6 + 1
        let hueShare = Float(turns >= 1 ? turns - 1 : turns)
        let saturationShare = spread / Float(largest)
        hue = UInt8(Double(hueShare) * 255)
        saturation = UInt8(Double(saturationShare) * 255)
    }

    @inline(__always)
    var rgb: (UInt8, UInt8, UInt8) {
        guard saturation > 0 else { return (value, value, value) }
        let sixths = Double(Float(hue)) * 6 / 255
        let sector = Int(sixths)
        let rest = Float(sixths - Double(sector))
        let share = Float(Double(saturation) / 255)
        let level = Double(value)
        let low = roundedAway(level * (1 - Double(share)))
        let falling = roundedAway(level * (1 - Double(share * rest)))
        let rising = roundedAway(level * (1 - Double(share) * (1 - Double(rest))))
        switch sector % 6 {
        case 0: return (value, rising, low)
        case 1: return (falling, value, low)
        case 2: return (low, value, rising)
        case 3: return (low, falling, value)
        case 4: return (rising, low, value)
        default: return (value, low, falling)
        }
    }
}

/// The nearest whole number of one in 0...255, a half upwards.
@inline(__always)
private func roundedAway(_ number: Double) -> UInt8 {
    let whole = Int(number)
    return UInt8(number - Double(whole) >= 0.5 ? whole + 1 : whole)
}

extension Image {
    /// Turns the colour circle by `shift` turns, by way of Pillow's 8-bit HSV as torchvision's `adjust_hue` does.
    package func hueShifted(by shift: Double) -> Image {
        let steps = UInt8(truncatingIfNeeded: Int(min(max(shift, -1), 1) * 255))
        var result = self
        result.withMutablePixels { pixels in
            hueTable.withUnsafeBufferPointer { hues in
                for i in 0..<width * height {
                    let pixel = pixels + 3 * i
                    let colour = Spread(red: pixel[0], green: pixel[1], blue: pixel[2])
                    // Greys have no hue.
                    if colour.range == 0 { continue }
                    let hue = hues[colour.index] &+ steps
                    (pixel[0], pixel[1], pixel[2]) = rgb(hue: hue, saturation: colour.saturation, value: colour.largest)
                }
            }
        }
        return result
    }
}

// Single and double precision alternate below as they do in Pillow, so that the bytes agree.

/// How the three channels of a pixel lie to each other: all that hue and saturation depend on.
private struct Spread {
    let largest: UInt8
    /// The largest channel minus the smallest.
    let range: UInt8
    /// The largest channel minus the middle one.
    let lack: UInt8
    let order: Order

    /// Which channel is the largest and which the smallest.
    enum Order: Int, CaseIterable {
        case redGreenBlue, redBlueGreen, greenRedBlue, greenBlueRed, blueGreenRed, blueRedGreen
    }

    @inline(__always)
    init(red: UInt8, green: UInt8, blue: UInt8) {
        let smallest = min(red, green, blue)
        largest = max(red, green, blue)
        range = largest - smallest
        let middle: UInt8
        if red == largest {
            (order, middle) = blue == smallest ? (.redGreenBlue, green) : (.redBlueGreen, blue)
        } else if green == largest {
            (order, middle) = blue == smallest ? (.greenRedBlue, red) : (.greenBlueRed, blue)
        } else {
            (order, middle) = red == smallest ? (.blueGreenRed, green) : (.blueRedGreen, red)
        }
        lack = largest - middle
    }

    @inline(__always)
    var index: Int { order.rawValue << 16 | Int(range) << 8 | Int(lack) }

    @inline(__always)
    var saturation: UInt8 { UInt8(Double(Float(range) / Float(largest)) * 255) }
}

/// The hue, 0...255, of each order, range and lack.
private let hueTable: [UInt8] = {
    var table = [UInt8](repeating: 0, count: Spread.Order.allCases.count << 16)
    for order in Spread.Order.allCases {
        for range in 1...255 {
            for lack in 0...range {
                table[order.rawValue << 16 | range << 8 | lack] = hue(order, lack: Float(lack) / Float(range))
            }
        }
    }
    return table
}()

/// - Parameter lack: of the middle channel, as a share of the range; that of the smallest is 1.
private func hue(_ order: Spread.Order, lack: Float) -> UInt8 {
    let sixths: Float =
        switch order {
        case .redGreenBlue: 1 - lack
        case .redBlueGreen: lack - 1
        case .greenRedBlue: Float(2 + Double(lack) - 1)
        case .greenBlueRed: Float(2 + 1 - Double(lack))
        case .blueGreenRed: Float(4 + Double(lack) - 1)
        case .blueRedGreen: Float(4 + 1 - Double(lack))
        }
    let turns = Double(sixths) / 6 + 1
    return UInt8(Double(Float(turns >= 1 ? turns - 1 : turns)) * 255)
}

@inline(__always)
private func rgb(hue: UInt8, saturation: UInt8, value: UInt8) -> (UInt8, UInt8, UInt8) {
    if saturation == 0 { return (value, value, value) }
    let sixths = Double(hue) * 6 / 255
    let sector = Int(sixths)
    let rest = Float(sixths - Double(sector))
    let share = Float(Double(saturation) / 255)
    let level = Double(value)
    let low = rounded(level * (1 - Double(share)))
    // Colours rise into even sectors and fall in odd ones.
    let between =
        sector % 2 == 0
        ? rounded(level * (1 - Double(share) * (1 - Double(rest)))) : rounded(level * (1 - Double(share * rest)))
    switch sector {
    case 1: return (between, value, low)
    case 2: return (low, value, between)
    case 3: return (low, between, value)
    case 4: return (between, low, value)
    case 5: return (value, low, between)
    default: return (value, between, low)
    }
}

/// The nearest whole number of one in 0...255, a half upwards.
@inline(__always)
private func rounded(_ number: Double) -> UInt8 {
    let whole = Int(number)
    return UInt8(number - Double(whole) >= 0.5 ? whole + 1 : whole)
}

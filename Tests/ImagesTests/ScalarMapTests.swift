import Images
import Testing

@Suite struct ScalarMapTests {
    @Test func normalizedMapsGoFromZeroToOne() {
        let map = ScalarMap(width: 2, height: 2, values: [-3, 0, 1, 4])
        #expect(map.normalized.values == [0, 0, 0.25, 1])
        #expect(ScalarMap(width: 2, height: 1, values: [-3, -1]).normalized.values == [0, 0])
        #expect(ScalarMap(width: 2, height: 1, values: [.leastNonzeroMagnitude, 0]).normalized.values == [1, 0])
    }

    @Test func enlargingIsBilinear() {
        let map = ScalarMap(width: 2, height: 1, values: [0, 1]).resized(width: 8, height: 3)
        let row: [Float] = [0, 0, 0.125, 0.375, 0.625, 0.875, 1, 1]
        #expect(zip(map.values, row + row + row).allSatisfy { abs($0 - $1) < 1e-6 })
        let turned = ScalarMap(width: 1, height: 2, values: [0, 1]).resized(width: 1, height: 8)
        #expect(zip(turned.values, row).allSatisfy { abs($0 - $1) < 1e-6 })
    }

    /// Where a picture has a number in all three channels, its resizing is the map's but for rounding.
    @Test(arguments: [(7, 5), (23, 40), (3, 31)]) func resizesAsPicturesDo(_ width: Int, _ height: Int) {
        let values = (0..<13 * 11).map { Float(($0 * 37) % 256) }
        let picture = Image(width: 13, height: 11, pixels: values.flatMap { [UInt8($0), UInt8($0), UInt8($0)] })
        let map = ScalarMap(width: 13, height: 11, values: values).resized(width: width, height: height)
        let expected = picture.resized(width: width, height: height)
        for (index, value) in map.values.enumerated() {
            #expect(abs(value - Float(expected.pixels[3 * index])) <= 1.01)
        }
    }

    @Test func coloursGrowLighterEvenly() {
        func lightness(_ colour: RGB) -> Double {
            0.2126 * Double(colour.red) + 0.7152 * Double(colour.green) + 0.0722 * Double(colour.blue)
        }
        let colours = (0...255).map { ColourScale.colour(of: Float($0) / 255) }
        // Colours of eight bits are rounded.
        for (darker, lighter) in zip(colours, colours.dropFirst()) {
            #expect(lightness(lighter) > lightness(darker) - 0.5)
        }
        // Of matplotlib's own table.
        #expect(colours[0] == RGB(0, 0, 4))
        #expect(colours[255] == RGB(252, 255, 164))
        #expect(abs(Int(colours[128].red) - 188) <= 2 && abs(Int(colours[128].green) - 55) <= 2)
        #expect(ColourScale.colour(of: -1) == colours[0] && ColourScale.colour(of: 2) == colours[255])
    }

    @Test func overlaysMix() {
        let below = Image(width: 1, height: 1, filledWith: RGB(0, 100, 200))
        let above = Image(width: 1, height: 1, filledWith: RGB(100, 100, 0))
        #expect(below.overlaid(with: above, opacity: 0.25).pixels == [25, 100, 150])
    }
}

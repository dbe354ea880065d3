import Images
import Testing

@Suite struct GridTests {
    private func plain(_ level: UInt8) -> Image { Image(width: 2, height: 1, filledWith: RGB(level, level, level)) }

    private func reds(_ image: Image) -> [[UInt8]] {
        (0..<image.height).map { y in (0..<image.width).map { image.pixels[3 * (y * image.width + $0)] } }
    }

    @Test func gridsHaveRowsAndMargins() {
        let grid = Image.grid([plain(1), plain(2), plain(3)], columns: 2, margin: 1, background: .white)
        #expect(
            reds(grid) == [
                [255, 255, 255, 255, 255, 255, 255], [255, 1, 1, 255, 2, 2, 255], [255, 255, 255, 255, 255, 255, 255],
                [255, 3, 3, 255, 255, 255, 255], [255, 255, 255, 255, 255, 255, 255],
            ])
        #expect(reds(Image.grid([plain(7)], columns: 5, margin: 0)) == [[7, 7]])
    }

    @Test func enlargingRepeatsPixels() {
        let image = Image(width: 2, height: 1, pixels: [1, 2, 3, 4, 5, 6])
        let expected: [UInt8] = [1, 2, 3, 1, 2, 3, 4, 5, 6, 4, 5, 6]
        #expect(image.enlarged(by: 2).pixels == expected + expected)
        #expect(image.enlarged(by: 1) == image)
    }

    @Test func framesLieOnThePicture() {
        let image = Image(width: 3, height: 3, filledWith: .white)
        #expect(reds(image.framed(.black, width: 1)) == [[0, 0, 0], [0, 255, 0], [0, 0, 0]])
        #expect(reds(image.framed(.black, width: 2)) == [[0, 0, 0], [0, 0, 0], [0, 0, 0]])
    }
}

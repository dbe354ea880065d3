import Networks
import Testing

@Suite struct PreprocessingTests {
    @Test func knowsItsName() {
        #expect(Preprocessing.caffe.name == "caffe")
        #expect(Preprocessing.named.map(\.name) == ["torch", "caffe", "tf", "raw"])
        var changed = Preprocessing.torch
        changed.mean[0] = 0
        #expect(changed.name == nil)
    }

    /// White and black, by the definitions of keras.applications and torchvision.
    @Test func mapsPixelsAsItsOriginDoes() {
        func map(_ pixel: Float, _ p: Preprocessing) -> [Float] {
            (0..<3).map { (pixel - p.mean[$0]) / p.standardDeviation[$0] }
        }
        #expect(map(255, .tf) == [1, 1, 1])
        #expect(map(0, .tf) == [-1, -1, -1])
        #expect(map(255, .raw) == [1, 1, 1])
        #expect(map(0, .caffe) == [-103.939, -116.779, -123.68])
        #expect(Preprocessing.caffe.channelOrder == .bgr)
        for (value, expected) in zip(map(255, .torch), [2.2489083, 2.4285715, 2.64] as [Float]) {
            #expect(abs(value - expected) < 1e-5)
        }
    }
}

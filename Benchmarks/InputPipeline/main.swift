// What each step of preparing an image costs: `InputPipeline FOLDER [SIDE]` prints, for the first photographs of a folder,
// milliseconds per image on one thread and a checksum of what comes out.

import Datasets
import Foundation
import Images
import Tensors

let arguments = CommandLine.arguments
guard arguments.count > 1 else {
    print("usage: InputPipeline FOLDER [SIDE]")
    exit(2)
}
let side = arguments.count > 2 ? Int(arguments[2]) ?? 224 : 224
let paths = try ImageSet(detecting: arguments[1]).samples.prefix(200).map(\.path)
let files = try paths.map { [UInt8](try Data(contentsOf: URL(fileURLWithPath: $0))) }

/// FNV-1a of all pixels.
func checksum(_ images: [Image]) -> String {
    var hash: UInt64 = 0xCBF2_9CE4_8422_2325
    for byte in images.lazy.flatMap(\.pixels) { hash = (hash ^ UInt64(byte)) &* 0x100_0000_01B3 }
    return String(hash, radix: 16)
}

@discardableResult
func time(_ name: String, _ step: (Int) throws -> Image) rethrows -> [Image] {
    var results: [Image] = []
    var best = Double.infinity
    for _ in 0..<5 {
        let start = ContinuousClock.now
        for index in files.indices { _ = try step(index) }
        best = min(best, start.duration(to: .now) / .milliseconds(1) / Double(files.count))
    }
    for index in files.indices { results.append(try step(index)) }
    print(name.padding(toLength: 34, withPad: " ", startingAt: 0), String(format: "%7.3f", best), checksum(results))
    return results
}

let decoded = try time("decode") { try Image(decoding: files[$0], name: paths[$0]) }
let fitted = time("resize to \(side)") { decoded[$0].fitted(to: side, .crop) }

func time(_ name: String, _ list: [Augmentation], of images: [Image]) {
    time(name) { index in
        var stream = RandomStream(seed: 1, purpose: .augmentation, sample: index)
        return list.applied(to: images[index], side: side, resize: .crop, using: &stream)
    }
}

let crop = Augmentation.randomResizedCrop(scale: 0.25...1, ratio: 0.75...1.3333)
let flip = Augmentation.horizontalFlip(p: 0.5)
let jitter = Augmentation.colorJitter(
    brightness: 0.6...1.4, contrast: 0.6...1.4, saturation: 0.6...1.4, hue: -0.1...0.1)
time("crop + resize", [crop], of: decoded)
time("crop + resize + flip", [crop, flip], of: decoded)
time("horizontal flip", [.horizontalFlip(p: 1)], of: fitted)
time("vertical flip", [.verticalFlip(p: 1)], of: fitted)
time("rotation", [.rotation(degrees: -30...30, fill: .black)], of: fitted)
time(
    "affine",
    [.affine(.init(degrees: -30...30, x: 0.1, y: 0.1, scale: 0.8...1.2, shearDegrees: -10...10), fill: .imageNetMean)],
    of: fitted)
time("random crop", [.randomCrop(padding: 4)], of: fitted)
time("brightness", [.brightness(factor: 0.5...1.5)], of: fitted)
time("contrast", [.contrast(factor: 0.5...1.5)], of: fitted)
time("saturation", [.saturation(factor: 0.5...1.5)], of: fitted)
time("hue", [.hue(shift: -0.5...0.5)], of: fitted)
time("color jitter", [jitter], of: fitted)
time("grayscale", [.grayscale(p: 1)], of: fitted)
time("blur, sigma 0.1 to 2", [.gaussianBlur(sigma: 0.1...2, p: 1)], of: fitted)
time("noise", [.noise(deviation: 0...0.1, p: 1)], of: fitted)
time("erasing", [.randomErasing(p: 1, scale: 0.02...0.33, ratio: 0.3...3.3, fill: .black)], of: fitted)
time("crop + resize + flip + jitter", [crop, flip, jitter], of: decoded)
try time("all of that from the file") { index in
    var stream = RandomStream(seed: 1, purpose: .augmentation, sample: index)
    let image = try Image(decoding: files[index], name: paths[index])
    return [crop, flip, jitter].applied(to: image, side: side, resize: .crop, using: &stream)
}

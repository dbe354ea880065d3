import Glibc
import Tensors

extension Sequence<Augmentation> {
    /// The picture after all augmentations in order, exactly `side` × `side` pixels.
    ///
    /// A random resized crop works on the picture as it is and makes the training size; what stands before it sees the
    /// picture at its own size. Without one the picture is fitted first. All other augmentations keep the size.
    package func applied(
        to image: Image, side: Int, resize: ResizeMode, using random: inout RandomStream
    ) -> Image {
        var result = contains(where: \.makesTrainingSize) ? image : image.fitted(to: side, resize)
        var rest = Array(self)[...]
        while let augmentation = rest.popFirst() {
            if case .randomResizedCrop(let scale, let ratio) = augmentation, case .horizontalFlip(let p)? = rest.first {
                // Both in one pass over the picture.
                rest.removeFirst()
                let region = result.randomRegion(scale: scale, ratio: ratio, using: &random)
                result = result.cropped(region, resizedTo: (side, side), mirrored: random.chance(p))
            } else {
                augmentation.apply(to: &result, side: side, using: &random)
            }
        }
        return result
    }
}

extension Sequence<Augmentation> {
    /// By how much the picture is enlarged at most before it has the training size, compared with a picture that is fitted.
    package var largestMagnification: Double {
        reduce(1) { magnification, augmentation in
            guard case .randomResizedCrop(let scale, let ratio) = augmentation else { return magnification }
            let stretch = Swift.max(ratio.upperBound, 1 / ratio.lowerBound)
            return Swift.max(magnification, (stretch / scale.lowerBound).squareRoot())
        }
    }
}

extension Augmentation {
    fileprivate var makesTrainingSize: Bool {
        if case .randomResizedCrop = self { return true }
        return false
    }

    /// The picture after this augmentation: a function of the picture, the parameters and the stream.
    /// - Parameter side: what a random resized crop makes; all others keep the size.
    package func applied(to image: Image, side: Int, using random: inout RandomStream) -> Image {
        var result = image
        apply(to: &result, side: side, using: &random)
        return result
    }

    /// The same in place.
    fileprivate func apply(to image: inout Image, side: Int, using random: inout RandomStream) {
        switch self {
        case .randomResizedCrop(let scale, let ratio):
            let region = image.randomRegion(scale: scale, ratio: ratio, using: &random)
            image = image.cropped(region, resizedTo: (side, side))
        case .randomCrop(let padding):
            let (x, y) = (random.offset(upTo: padding), random.offset(upTo: padding))
            image = image.shifted(x: x, y: y, fill: .black)
        case .horizontalFlip(let p):
            if random.chance(p) { image.flipHorizontally() }
        case .verticalFlip(let p):
            if random.chance(p) { image = image.flippedVertically() }
        case .rotation(let degrees, let fill):
            image = image.warped(AffineMap(rotation: -random.uniform(in: degrees)), fill: fill)
        case .translation(let x, let y, let fill):
            let shift = image.randomShift(x: x, y: y, using: &random)
            image = image.shifted(x: shift.x, y: shift.y, fill: fill)
        case .scale(let factor, let fill):
            image = image.warped(AffineMap(scale: random.uniform(in: factor)), fill: fill)
        case .shear(let x, let y, let fill):
            let shear = (random.uniform(in: x), random.uniform(in: y))
            image = image.warped(AffineMap(shear: shear), fill: fill)
        case .affine(let ranges, let fill):
            image = image.warped(image.randomMap(ranges, using: &random), fill: fill)
        case .brightness(let factor): image.changeBrightness(by: random.uniform(in: factor))
        case .contrast(let factor): image.changeContrast(by: random.uniform(in: factor))
        case .saturation(let factor): image.changeSaturation(by: random.uniform(in: factor))
        case .hue(let shift): image.shiftHue(by: random.uniform(in: shift))
        case .colorJitter(let brightness, let contrast, let saturation, let hue):
            var steps: [Augmentation] = [
                .brightness(factor: brightness), .contrast(factor: contrast), .saturation(factor: saturation),
                .hue(shift: hue),
            ]
            random.shuffle(&steps)
            for step in steps { step.apply(to: &image, side: side, using: &random) }
        case .grayscale(let p):
            if random.chance(p) { image.makeGrey() }
        case .gaussianBlur(let sigma, let p):
            if random.chance(p) { image = image.blurred(sigma: random.uniform(in: sigma)) }
        case .noise(let deviation, let p):
            guard random.chance(p) else { return }
            let deviation = random.uniform(in: deviation)
            image.addNoise(deviation: deviation, using: &random)
        case .randomErasing(let p, let scale, let ratio, let fill):
            guard random.chance(p) else { return }
            image.erase(scale: scale, ratio: ratio, fill: fill, using: &random)
        }
    }
}

extension RandomStream {
    /// A whole number in `0..<bound`, which is positive.
    mutating func integer(below bound: Int) -> Int {
        Int(next().multipliedFullWidth(by: UInt64(bound)).high)
    }

    /// A whole number in `-limit...limit`.
    mutating func offset(upTo limit: Int) -> Int { integer(below: 2 * limit + 1) - limit }

    /// A number whose logarithm is uniform.
    mutating func logUniform(in range: ClosedRange<Double>) -> Double {
        exp(uniform(in: log(range.lowerBound)...log(range.upperBound)))
    }

    /// Puts `elements` into random order.
    mutating func shuffle<Element>(_ elements: inout [Element]) {
        for i in elements.indices.dropFirst().reversed() { elements.swapAt(i, integer(below: i + 1)) }
    }
}

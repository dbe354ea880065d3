extension AugmentationDescription {
    /// Every augmentation, in the order in which `finetune list` prints them.
    package static let all: [AugmentationDescription] = crops + flips + geometry + colours + disturbances

    private static let crops = [
        AugmentationDescription(
            "random_resized_crop", "a random part of the picture, resized to the training size",
            [
                .init("scale", .range(1e-4...1, centre: nil), default: .list([0.08, 1]), "share of the area"),
                .init("ratio", .range(0.01...100, centre: nil), default: .list([0.75, 1.3333]), "width over height"),
            ]
        ) { .randomResizedCrop(scale: $0.range("scale"), ratio: $0.range("ratio")) },
        AugmentationDescription(
            "random_crop", "black padding on every side, then a crop of the size as it was",
            [.init("padding", .integer(0...1024), default: .number(4), "pixels on each side")]
        ) { .randomCrop(padding: $0.integer("padding")) },
    ]

    private static let flips = [
        AugmentationDescription("horizontal_flip", "left and right exchanged", [.probability(0.5)]) {
            .horizontalFlip(p: $0.number("p"))
        },
        AugmentationDescription("vertical_flip", "top and bottom exchanged", [.probability(0.5)]) {
            .verticalFlip(p: $0.number("p"))
        },
    ]

    private static let geometry = [
        AugmentationDescription(
            "rotation", "a turn about the centre",
            [.init("degrees", .range(-180...180, centre: 0), default: .number(15), "counter-clockwise"), .fill]
        ) { .rotation(degrees: $0.range("degrees"), fill: $0.colour("fill")) },
        AugmentationDescription(
            "translation", "a shift in whole pixels",
            [
                .init("x", .number(0...1), default: .number(0.1), "largest shift either way, of the width"),
                .init("y", .number(0...1), default: .number(0.1), "largest shift either way, of the height"),
                .fill,
            ]
        ) { .translation(x: $0.number("x"), y: $0.number("y"), fill: $0.colour("fill")) },
        AugmentationDescription(
            "scale", "larger or smaller about the centre",
            [.init("factor", .range(0.01...100, centre: 1), default: .number(0.1), "above 1 enlarges"), .fill]
        ) { .scale(factor: $0.range("factor"), fill: $0.colour("fill")) },
        AugmentationDescription(
            "shear", "a slant about the centre",
            [
                .init("x", .range(-89...89, centre: 0), default: .number(10), "degrees, parallel to the x axis"),
                .init("y", .range(-89...89, centre: 0), default: .number(0), "degrees, parallel to the y axis"),
                .fill,
            ]
        ) { .shear(x: $0.range("x"), y: $0.range("y"), fill: $0.colour("fill")) },
        AugmentationDescription(
            "affine", "shear, scale, rotation and translation in one step",
            [
                .init("degrees", .range(-180...180, centre: 0), default: .number(10), "rotation, clockwise"),
                .init("x", .number(0...1), default: .number(0.1), "largest shift either way, of the width"),
                .init("y", .number(0...1), default: .number(0.1), "largest shift either way, of the height"),
                .init("scale", .range(0.01...100, centre: 1), default: .number(0.1), "above 1 enlarges"),
                .init("shear", .range(-89...89, centre: 0), default: .number(0), "degrees, parallel to the x axis"),
                .fill,
            ]
        ) {
            let ranges = Augmentation.AffineRanges(
                degrees: $0.range("degrees"), x: $0.number("x"), y: $0.number("y"), scale: $0.range("scale"),
                shearDegrees: $0.range("shear"))
            return .affine(ranges, fill: $0.colour("fill"))
        },
    ]

    private static let colours = [
        AugmentationDescription(
            "brightness", "a blend with black",
            [.init("factor", .factor, default: .number(0.2), "0 is black, 1 changes nothing")]
        ) { .brightness(factor: $0.range("factor")) },
        AugmentationDescription(
            "contrast", "a blend with the mean grey",
            [.init("factor", .factor, default: .number(0.2), "0 is grey, 1 changes nothing")]
        ) { .contrast(factor: $0.range("factor")) },
        AugmentationDescription(
            "saturation", "a blend with the picture in grey",
            [.init("factor", .factor, default: .number(0.2), "0 is grey, 1 changes nothing")]
        ) { .saturation(factor: $0.range("factor")) },
        AugmentationDescription(
            "hue", "a turn of the colour circle",
            [.init("shift", .hueShift, default: .number(0.05), "turns; 0 changes nothing")]
        ) { .hue(shift: $0.range("shift")) },
        AugmentationDescription(
            "color_jitter", "brightness, contrast, saturation and hue in random order",
            [
                .init("brightness", .factor, default: .number(0.2), "1 changes nothing"),
                .init("contrast", .factor, default: .number(0.2), "1 changes nothing"),
                .init("saturation", .factor, default: .number(0.2), "1 changes nothing"),
                .init("hue", .hueShift, default: .number(0.05), "turns; 0 changes nothing"),
            ]
        ) {
            .colorJitter(
                brightness: $0.range("brightness"), contrast: $0.range("contrast"), saturation: $0.range("saturation"),
                hue: $0.range("hue"))
        },
        AugmentationDescription("grayscale", "the picture in grey", [.probability(0.1)]) {
            .grayscale(p: $0.number("p"))
        },
    ]

    private static let disturbances = [
        AugmentationDescription(
            "gaussian_blur", "a Gaussian blur",
            [.init("sigma", .range(0.01...50, centre: nil), default: .list([0.1, 2]), "pixels"), .probability(0.5)]
        ) { .gaussianBlur(sigma: $0.range("sigma"), p: $0.number("p")) },
        AugmentationDescription(
            "noise", "normal noise on every channel",
            [
                .init("deviation", .range(0...1, centre: nil), default: .list([0, 0.05]), "share of 255"),
                .probability(0.5),
            ]
        ) { .noise(deviation: $0.range("deviation"), p: $0.number("p")) },
        AugmentationDescription(
            "random_erasing", "a rectangle painted over",
            [
                .probability(0.5),
                .init("scale", .range(1e-4...1, centre: nil), default: .list([0.02, 0.33]), "share of the area"),
                .init("ratio", .range(0.01...100, centre: nil), default: .list([0.3, 3.3]), "height over width"),
                .init("fill", .colour, default: .list([124, 116, 104]), "colour; the default is ImageNet's mean"),
            ]
        ) {
            .randomErasing(
                p: $0.number("p"), scale: $0.range("scale"), ratio: $0.range("ratio"), fill: $0.colour("fill"))
        },
    ]
}

extension AugmentationParameter {
    fileprivate static func probability(_ p: Double) -> AugmentationParameter {
        .init("p", .number(0...1), default: .number(p), "probability")
    }

    fileprivate static let fill = AugmentationParameter(
        "fill", .colour, default: .list([0, 0, 0]), "colour of what was outside the picture")
}

extension AugmentationParameter.Kind {
    fileprivate static let factor = Self.range(0...10, centre: 1)
    fileprivate static let hueShift = Self.range(-0.5...0.5, centre: 0)
}

import Files
import Images
import Testing

@Suite struct AugmentationDescriptionTests {
    private func make(_ name: String, _ values: [String: AugmentationValue] = [:]) throws -> Augmentation {
        try #require(AugmentationDescription.named(name)).make(values)
    }

    @Test func everyNameIsUniqueAndItsDefaultsAreAcceptable() throws {
        let all = AugmentationDescription.all
        #expect(Set(all.map(\.name)).count == all.count)
        for description in all {
            _ = try description.make()
            for parameter in description.parameters {
                #expect(parameter.problem(with: parameter.defaultValue) == nil, "\(description.name).\(parameter.name)")
            }
        }
    }

    @Test func valuesReachTheAugmentation() throws {
        #expect(
            try make("random_resized_crop", ["scale": .list([0.6, 1])])
                == .randomResizedCrop(scale: 0.6...1, ratio: 0.75...1.3333))
        #expect(try make("horizontal_flip") == .horizontalFlip(p: 0.5))
        #expect(try make("random_crop", ["padding": .number(3)]) == .randomCrop(padding: 3))
        #expect(
            try make("affine", ["degrees": .list([5, 10]), "x": .number(0), "fill": .list([1, 2, 3])])
                == .affine(.init(degrees: 5...10, x: 0, y: 0.1, scale: 0.9...1.1), fill: RGB(1, 2, 3)))
        #expect(
            try make("random_erasing", ["fill": .number(7)])
                == .randomErasing(p: 0.5, scale: 0.02...0.33, ratio: 0.3...3.3, fill: RGB(7, 7, 7)))
    }

    @Test func oneNumberSpreadsAroundTheCentre() throws {
        #expect(try make("rotation", ["degrees": .number(20)]) == .rotation(degrees: -20...20, fill: .black))
        #expect(try make("brightness", ["factor": .number(0.25)]) == .brightness(factor: 0.75...1.25))
        #expect(try make("contrast", ["factor": .number(2)]) == .contrast(factor: 0...3))
        #expect(try make("hue", ["shift": .number(0.5)]) == .hue(shift: -0.5...0.5))
        // One end of 1 ± 2 is below 0, which cuts it off, as in torchvision.
        #expect(try make("brightness", ["factor": .number(2)]) == .brightness(factor: 0...3))
    }

    @Test func everyProblemIsNamed() throws {
        let description = try #require(AugmentationDescription.named("random_resized_crop"))
        let error = #expect(throws: AugmentationError.self) {
            try description.make(["scale": .list([1, 0.5]), "ration": .number(1), "ratio": .number(1)])
        }
        #expect(
            error?.problems == [
                "ratio: expected two numbers [low, high] in 0.01...100, low ≤ high, found 1",
                "ration: no such parameter; there are scale, ratio",
                "scale: expected two numbers [low, high] in 0.0001...1, low ≤ high, found [1, 0.5]",
            ])
        #expect(error?.kind == .usage)
        #expect(error?.description.hasPrefix("augmentation random_resized_crop: ratio: expected") == true)
    }

    @Test(arguments: [
        ("horizontal_flip", "p", AugmentationValue.number(1.5)), ("horizontal_flip", "p", .number(.nan)),
        ("horizontal_flip", "p", .list([0.5])), ("random_crop", "padding", .number(2.5)),
        ("random_crop", "padding", .number(-1)), ("random_crop", "padding", .number(1e300)),
        ("rotation", "degrees", .number(1e26)), ("rotation", "degrees", .number(180.5)),
        ("hue", "shift", .number(3)), ("shear", "x", .number(90)), ("scale", "factor", .number(1000)),
        ("brightness", "factor", .number(9.5)), ("rotation", "degrees", .number(-5)),
        ("rotation", "degrees", .number(.infinity)), ("rotation", "degrees", .list([0, 720])),
        ("rotation", "fill", .list([0, 0])),
        ("rotation", "fill", .number(256)), ("rotation", "fill", .list([0, 0.5, 0])),
        ("noise", "deviation", .list([])), ("noise", "deviation", .list([0, 0.1, 0.2])),
    ]) func wrongValuesAreRefused(name: String, parameter: String, value: AugmentationValue) {
        #expect(throws: AugmentationError.self) { try make(name, [parameter: value]) }
    }

    @Test func resolvedValuesIncludeDefaults() throws {
        let description = try #require(AugmentationDescription.named("gaussian_blur"))
        let resolved = description.resolved(["p": .number(1)])
        #expect(resolved.map { "\($0.name): \($0.value)" } == ["sigma: [0.1, 2]", "p: 1"])
    }
}

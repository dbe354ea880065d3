import Datasets
import Testing

@Suite struct SplitTests {
    private func samples(_ counts: [Int], from first: Int = 0) -> [Sample] {
        counts.enumerated().flatMap { label, count in
            (first..<first + count).map { Sample(path: "", name: "\(label)/\($0).jpg", label: label) }
        }
    }

    private func validationNames(_ samples: [Sample], _ fraction: Double = 0.2, seed: UInt64 = 42) throws -> Set<String>
    {
        let names = Set(samples.compactMap(\.label)).sorted().map(String.init)
        let split = try Split(stratifying: samples, classNames: names, fraction: fraction, seed: seed)
        #expect((split.training + split.validation).sorted() == Array(samples.indices))
        return Set(split.validation.map { samples[$0].name })
    }

    @Test(arguments: [(0.1, [10, 1, 1]), (0.5, [50, 6, 1]), (0.999, [99, 10, 1]), (0.001, [1, 1, 1])])
    func everyClassGivesItsShare(_ fraction: Double, _ expected: [Int]) throws {
        let samples = samples([100, 11, 2])
        let names = try validationNames(samples, fraction)
        #expect((0..<3).map { label in names.count { $0.hasPrefix("\(label)/") } } == expected)
    }

    @Test func theSplitDependsOnNamesAndSeedAlone() throws {
        let samples = samples([50, 50])
        let names = try validationNames(samples)
        #expect(try validationNames(samples.reversed()) == names)
        #expect(try validationNames(samples, seed: 43) != names)
        // Recorded: a split must not change between versions.
        #expect(
            names.filter { $0.hasPrefix("0/") }.sorted() == [
                "0/12.jpg", "0/15.jpg", "0/17.jpg", "0/25.jpg", "0/27.jpg", "0/30.jpg", "0/36.jpg", "0/48.jpg",
                "0/5.jpg", "0/9.jpg",
            ])
    }

    @Test func addedImagesMoveOnlyTheBorder() throws {
        let before = samples([200, 200])
        let old = try validationNames(before)
        let added = samples([10, 0], from: 1000)
        let new = try validationNames(before + added)
        #expect(new.filter { $0.hasPrefix("1/") } == old.filter { $0.hasPrefix("1/") })
        let kept = Set(before.map(\.name))
        #expect(old.symmetricDifference(new).intersection(kept).count <= 5)
    }

    @Test func identicalImagesStayTogether() throws {
        let samples = samples([40, 40])
        // Three copies within a class, and one image under two labels.
        let groups = [[0, 1, 2], [10, 50], [11, 51], [12, 52], [13, 53]]
        for seed in 0..<50 as Range<UInt64> {
            let split = try Split(
                stratifying: samples, classNames: ["0", "1"], fraction: 0.25, seed: seed, identical: groups)
            let validation = Set(split.validation)
            for group in groups { #expect(Set(group.map(validation.contains)).count == 1) }
            #expect(validation.count == 20)
        }
    }

    /// Images of several labels and images with numbers are no classes that could be named.
    @Test func tooFewImagesAreNoGroups() throws {
        let lists = (0..<2).map { Sample(path: "\($0)", name: "\($0)") }.map {
            Sample($0.content, name: $0.name, target: .categories([0]))
        }
        #expect(throws: DatasetError.tooFewImages) {
            try Split(stratifying: lists, classNames: ["a"], fraction: 0.5, seed: 0, identical: [[0, 1]])
        }
        let numbers = (0..<40).map { Sample(.file("\($0)"), name: "\($0)", target: .number(Double($0))) }
        let split = try Split(stratifying: numbers, classNames: ["age"], fraction: 0.25, seed: 0)
        #expect(split.validation.count == 10)
    }

    @Test func classesThatCannotBeSplitAreNamed() throws {
        #expect(throws: DatasetError.tooFewToSplit(classes: ["b"])) {
            try Split(stratifying: samples([3, 1]), classNames: ["a", "b"], fraction: 0.5, seed: 0)
        }
        let error = #expect(throws: DatasetError.self) {
            try Split(
                stratifying: samples([3, 3]), classNames: ["a", "b"], fraction: 0.5, seed: 0, identical: [[0, 1, 2]])
        }
        #expect(error == .tooFewToSplit(classes: ["a"]))
        #expect(
            error?.description == """
                too few different images in the class “a” to keep one for training and one for validation: \
                files of the same bytes count once. Add images, or give a validation folder instead of a fraction
                """)
    }

    @Test(arguments: [0, 1, -0.1, 1.5, .nan, .infinity])
    func fractionsOutsideTheUnitIntervalAreErrors(_ fraction: Double) throws {
        #expect(throws: DatasetError.self) {
            try Split(stratifying: samples([5, 5]), classNames: ["a", "b"], fraction: fraction, seed: 0)
        }
    }
}

@Suite struct ClassWeightTests {
    @Test func rareClassesWeighMore() {
        let samples = [0, 0, 0, 1].map { Sample(path: "", name: "", label: $0) }
        // scikit-learn: compute_class_weight("balanced", classes=[0, 1], y=[0, 0, 0, 1])
        #expect(balancedClassWeights(samples, classCount: 2) == [4.0 / 6, 2])
        #expect(balancedClassWeights(samples, classCount: 3) == [4.0 / 9, 4.0 / 3, 0])
    }
}

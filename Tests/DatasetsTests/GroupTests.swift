import Datasets
import Files
import Foundation
import TestSupport
import Testing

/// What belongs together stays together.
@Suite struct GroupTests {
    /// Images of patients, each with some of one class and, now and then, of another.
    private func samples(patients: Int, each: Int) -> [Sample] {
        (0..<patients).flatMap { patient in
            (0..<each).map { index in
                Sample(
                    .file(""), name: "p\(patient)_\(index).png",
                    target: .category((patient + (index % 7 == 6 ? 1 : 0)) % 3), group: "p\(patient)")
            }
        }
    }

    private let classNames = ["a", "b", "c"]

    @Test(arguments: [1, 2, 3, 4, 5] as [UInt64])
    func aGroupIsNeverSplitAndSharesAreKept(seed: UInt64) throws {
        let samples = samples(patients: 60, each: 14)
        let split = try Split(stratifying: samples, classNames: classNames, fraction: 0.2, seed: seed)
        let (training, validation) = (split.training.map { samples[$0] }, split.validation.map { samples[$0] })
        #expect(Set(training.compactMap(\.group)).isDisjoint(with: validation.compactMap(\.group)))
        let shares = zip(classCounts(validation, classCount: 3), classCounts(samples, classCount: 3)).map {
            Double($0) / Double($1)
        }
        #expect(shares.allSatisfy { abs($0 - 0.2) < 0.04 }, "\(shares)")
        #expect(split.remarks.count == 1)
    }

    @Test func otherGroupsMoveFew() throws {
        let samples = samples(patients: 60, each: 14)
        let all = try Split(stratifying: samples, classNames: classNames, fraction: 0.2, seed: 1)
        let fewer = samples.filter { $0.group != "p17" }
        let without = try Split(stratifying: fewer, classNames: classNames, fraction: 0.2, seed: 1)
        let before = Set(all.validation.compactMap { samples[$0].group })
        let after = Set(without.validation.compactMap { fewer[$0].group })
        #expect(before.symmetricDifference(after).count <= 4)
    }

    /// Identical images of two groups bind these together.
    @Test func identicalImagesJoinGroups() throws {
        let samples = samples(patients: 40, each: 7)
        for seed in 1..<20 as Range<UInt64> {
            let split = try Split(
                stratifying: samples, classNames: classNames, fraction: 0.2, seed: seed, identical: [[0, 7 * 3 + 1]])
            let validating = Set(split.validation.compactMap { samples[$0].group })
            #expect(validating.contains("p0") == validating.contains("p3"))
        }
    }

    @Test(arguments: [1, 5]) func aClassOfOneGroupTrainsAndIsTold(count: Int) throws {
        let rare = (0..<count).map { Sample(.file(""), name: "r\($0)", target: .category(2), group: "r") }
        let samples = samples(patients: 20, each: 5).filter { $0.label != 2 } + rare
        let split = try Split(stratifying: samples, classNames: classNames, fraction: 0.2, seed: 3)
        #expect(split.validation.allSatisfy { samples[$0].group != "r" })
        #expect(split.remarks.last == "no validation images of “c”: their groups are too few or too large to share out")
    }

    @Test func oneGroupCannotBeSplit() {
        let samples = (0..<6).map { Sample(.file(""), name: "\($0)", target: .category($0 % 2), group: "g") }
        #expect(throws: DatasetError.tooFewGroups) {
            try Split(stratifying: samples, classNames: ["a", "b"], fraction: 0.5, seed: 1)
        }
    }

    @Test func namesTellGroups() throws {
        let tree = try DataTree()
        for scene in 0..<10 {
            for index in 0..<3 {
                try tree.writeImage(
                    "\(scene % 2 == 0 ? "x" : "y")/scene\(scene)_\(index).png", number: 3 * scene + index)
            }
        }
        var data = DatasetConfiguration(train: tree.path, seed: 1)
        data.validation = .fraction(0.4)
        data.groups = try GroupPattern(#"^(scene\d+)_"#)
        let dataset = try Dataset(data)
        let validating = Set(dataset[.validation].compactMap(\.group))
        #expect(validating.count == 4 && validating.isDisjoint(with: dataset[.training].compactMap(\.group)))
        #expect(dataset.splitTable.hasPrefix("filename,label,split,group\nx/scene0_0.png,x,"))
        #expect(
            dataset.remarks == [
                "4 of 10 groups validate; of the classes \(Words.percent(0.4)) to \(Words.percent(0.4)) do"
            ])
        data.groups = try GroupPattern("^patient")
        #expect(throws: GroupingError.self) { try Dataset(data) }
        #expect(throws: GroupingError.self) { try GroupPattern("(scene") }
    }

    /// Groups in given parts are not moved, but told.
    @Test func groupsInTwoPartsAreTold() throws {
        let tree = try DataTree()
        for (index, name) in ["train/x/p1_1", "train/y/p2_1", "test/x/p1_2", "test/y/p3_1"].enumerated() {
            try tree.writeImage(name + ".png", number: index)
        }
        var data = DatasetConfiguration(train: tree.path("train"), seed: 1)
        data.test = tree.path("test")
        data.groups = try GroupPattern(#"^p\d"#)
        #expect(try Dataset(data).audit.warnings == ["1 group lies in more than one part, such as “p1”"])
    }

    /// Images with several labels are shared out so that each label is.
    @Test func severalLabelsAreStratified() throws {
        let samples = (0..<600).map { index in
            let labels = [index % 2 == 0 ? 0 : nil, index % 5 == 0 ? 1 : nil, index % 60 == 7 ? 2 : nil].compactMap(
                \.self)
            return Sample(.file(""), name: "\(index).png", target: .categories(labels))
        }
        let split = try Split(stratifying: samples, classNames: classNames, fraction: 0.2, seed: 5)
        let counts = classCounts(split.validation.map { samples[$0] }, classCount: 3)
        #expect(abs(counts[0] - 60) <= 3 && abs(counts[1] - 24) <= 2 && counts[2] == 2, "\(counts)")
    }
}

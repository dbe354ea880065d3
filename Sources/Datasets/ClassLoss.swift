import Files

/// How many images of a class had to be left out because they cannot be read.
///
/// A few are what happens, and are listed. Where a class loses more than a twentieth of its images, results are no longer
/// about the data that was asked for: that is a warning beside them. A class that loses all its images is an error.
package struct ClassLoss: Sendable, Equatable {
    package let label: Int
    package let leftOut: Int
    /// How many there are, those left out among them.
    package let total: Int

    /// Whether there is nothing left of the class.
    package var isTotal: Bool { leftOut == total }
    /// Whether a reader of results has to know of it.
    package var isSerious: Bool { 20 * leftOut > total }

    /// The losses of all classes that have any, by label.
    /// - Parameters:
    ///   - samples: those that can be read and those that cannot.
    ///   - bad: images that cannot be read.
    package static func all(of samples: [Sample], without bad: [BadImage], classCount: Int) -> [ClassLoss] {
        if bad.isEmpty { return [] }
        let paths = Set(bad.map { FileName($0.path) })
        let totals = classCounts(samples, classCount: classCount)
        let lost = classCounts(samples.filter { paths.contains(FileName($0.path)) }, classCount: classCount)
        return (0..<classCount).filter { lost[$0] > 0 }.map {
            ClassLoss(label: $0, leftOut: lost[$0], total: totals[$0])
        }
    }
}

extension [ClassLoss] {
    /// - Parameter images: what images they are, such as `test images in data/test`.
    /// - Throws: `DatasetError.noReadableImages` for classes that have nothing left.
    package func check(_ images: String, classNames: [String]) throws {
        let lost = filter(\.isTotal).map { classNames[$0.label] }
        if !lost.isEmpty { throw DatasetError.noReadableImages(images: images, classes: lost) }
    }

    /// One sentence on the classes that lost more than a twentieth of their images, the worst first; nil for none.
    /// - Parameter images: as for `check`.
    package func warning(_ images: String, classNames: [String]) -> String? {
        let serious = filter(\.isSerious).sorted { $0.leftOut * $1.total > $1.leftOut * $0.total }
        guard !serious.isEmpty else { return nil }
        let worst = serious.prefix(3).map { "\($0.leftOut) of \($0.total) of \(quoted(classNames[$0.label]))" }
        return
            "more than a twentieth of the \(images) cannot be read in \(Words.counted(serious.count, "class", "classes")): "
            + worst.joined(separator: ", ") + (serious.count > 3 ? ", …" : "")
    }
}

/// What a report says about the data of a run.
package struct DataSummary: Sendable, Equatable, Codable {
    /// How many samples of each class a part has.
    package struct Part: Sendable, Equatable, Codable {
        package let part: DatasetPart
        package let images: Int
        /// In the order of the classes.
        package let imagesPerClass: [Int]
    }

    /// The smallest, the middle and the largest of some lengths in pixels.
    package struct Spread: Sendable, Equatable, Codable {
        package let minimum: Int
        /// The lower of the two in the middle, where their number is even.
        package let median: Int
        package let maximum: Int

        /// `nil` for no values.
        package init?(_ values: [Int]) {
            let sorted = values.sorted()
            guard let first = sorted.first, let last = sorted.last else { return nil }
            (minimum, median, maximum) = (first, sorted[(sorted.count - 1) / 2], last)
        }
    }

    package let classNames: [String]
    /// The parts that have samples.
    package let parts: [Part]
    /// Widths and heights of all images of all parts; `nil` where nobody looked.
    package let widths: Spread?
    package let heights: Spread?
    package let badImages: [BadImage]
    package let ignored: [Dataset.IgnoredFolder]
    /// What the audit for identical files found, in sentences.
    package let warnings: [String]

    package init(_ dataset: Dataset, survey: ImageSurvey? = nil) {
        classNames = dataset.classNames
        parts = DatasetPart.allCases.compactMap { part in
            let samples = dataset[part]
            if samples.isEmpty { return nil }
            var counts = [Int](repeating: 0, count: dataset.classNames.count)
            for sample in samples { if let label = sample.label { counts[label] += 1 } }
            return Part(part: part, images: samples.count, imagesPerClass: counts)
        }
        widths = survey.flatMap { Spread($0.sizes.map(\.width)) }
        heights = survey.flatMap { Spread($0.sizes.map(\.height)) }
        badImages = survey?.bad ?? []
        ignored = dataset.ignored
        warnings = dataset.audit.warnings
    }
}

/// What a report says about the data of a run.
package struct DataSummary: Sendable, Equatable, Codable {
    /// The numbers of one part.
    package struct Part: Sendable, Equatable, Codable {
        package let role: DatasetRole
        package let folder: String
        package let images: Int
        /// In the order of the classes.
        package let imagesPerClass: [Int]
        package let ignored: IgnoredFiles
        package let badImages: [BadImage]
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
    package let parts: [Part]
    /// Widths and heights of all images of all parts; `nil` where nobody looked.
    package let widths: Spread?
    package let heights: Spread?
    /// What the data lacks and what the audit for identical files found, in sentences.
    package let warnings: [String]
    /// How the data was found and shared out, in sentences.
    package let remarks: [String]

    package init(_ dataset: Dataset, survey: ImageSurvey? = nil) {
        classNames = dataset.classNames
        parts = dataset.parts.map { part in
            Part(
                role: part.role, folder: part.folder, images: part.samples.count,
                imagesPerClass: classCounts(part.samples, classCount: dataset.classNames.count), ignored: part.ignored,
                badImages: part.badImages)
        }
        widths = survey.flatMap { Spread($0.sizes.map(\.width)) }
        heights = survey.flatMap { Spread($0.sizes.map(\.height)) }
        warnings = dataset.losses + dataset.audit.warnings
        remarks = dataset.remarks
    }
}

/// Where a model comes from, as far as anybody told.
package struct ModelOrigin: Sendable {
    /// The weights that it is, or that its training began with: a name of the catalogue or a file; nil where nobody told.
    package var weights: String?
    /// The licence of these weights; nil where nobody told.
    package var licence: String?
    /// The data that these weights were trained on, by the name that Hugging Face has for it; nil where nobody told.
    package var weightsData: String?
    /// In per cent, what the publisher of these weights says of them; nil where nobody told, or others came of them.
    package var published: PublishedAccuracy?
    /// What its training came to; nil for a model that was not trained here.
    package var results: RunResults?

    package init() {}
}

/// How often weights are right, in per cent of images that they were not trained on, as their publisher says.
package struct PublishedAccuracy: Sendable {
    /// At the first guess, and among the first five; nil where it is not told.
    let top1: Double?
    let top5: Double?

    /// Nil where neither is told.
    package init?(top1: Double?, top5: Double?) {
        guard top1 != nil || top5 != nil else { return nil }
        self.top1 = top1
        self.top5 = top5
    }
}

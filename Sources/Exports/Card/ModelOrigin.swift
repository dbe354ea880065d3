/// Where a model comes from, as far as anybody told.
package struct ModelOrigin: Sendable {
    /// The weights that it is, or that its training began with: a name of the catalogue or a file; nil where nobody told.
    package var weights: String?
    /// The licence of these weights; nil where nobody told.
    package var licence: String?
    /// The data that these weights were trained on, by the name that Hugging Face has for it; nil where nobody told.
    package var weightsData: String?
    /// What its training came to; nil for a model that was not trained here.
    package var results: RunResults?

    package init() {}
}

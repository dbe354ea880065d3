import Files
import Inference
import Tasks

/// What a report tells of a task's result, on the page and in `report.json`.
protocol TaskPage {
    /// The figure that matters most, such as `93.1 %` and `accuracy`.
    var headline: (value: String, name: String) { get }
    /// What it means, in a sentence or two.
    var meaning: HTML { get }
    /// Every metric.
    var figures: PageSection? { get }
    /// The figure that simple models are compared by, with its interval; nil where it has no meaning.
    var score: (value: Double?, interval: ClosedRange<Double>?) { get }
    /// What follows how it was trained: classes, mistakes, images, calibration.
    var details: [PageSection?] { get }
    /// The metrics in `report.json`.
    var metricMembers: [(String, JSON)] { get }
    /// What follows the classes' names in `report.json`.
    var detailMembers: [(String, JSON)] { get }
    /// What was not computed, and why: one sentence an element.
    var omissions: [String] { get }
    /// Files beside the report: their names and contents.
    var files: [(name: String, text: String)] { get }
    /// Images to look at, without pictures; those that would be empty are left out.
    var galleries: [Gallery] { get }
}

extension RunReport {
    /// What is told of the result: a line for each task.
    var page: any TaskPage {
        switch result {
        case let result as ClassificationResult: return ClassificationPage(report: self, result: result)
        case let result as MultiLabelResult: return MultiLabelPage(report: self, result: result)
        case let result as RegressionResult: return RegressionPage(report: self, result: result)
        default: preconditionFailure("every task has a page")
        }
    }
}

import Datasets
import Files
import Inference
import Recipes

/// Some images could not be read; which and why has been said, and the others are done.
struct SomeUnreadable: UserFacingError {
    private let bad: Int
    private let total: Int

    init(_ pass: Pass, of samples: [Sample]) { (bad, total) = (pass.badImages.count, samples.count) }

    init(bad: Int, of total: Int) { (self.bad, self.total) = (bad, total) }

    var kind: ErrorKind { .data }
    var description: String {
        bad == total ? "none of the images can be read" : "\(bad) of \(Words.counted(total, "image")) cannot be read"
    }
}

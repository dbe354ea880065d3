import Datasets
import Pretrained
import Tasks

extension Model {
    /// Fits the head to the classes of the training folder, whose number is its own.
    ///
    /// A head that told the same classes apart is kept, its outputs in the order of these. One that told others apart knows
    /// nothing of these and is begun anew.
    /// - Returns: whether it is kept, and what became of it, a sentence each; none where nothing did.
    func takeOver(_ names: [String], for task: LearningTask) -> (isKept: Bool, outcome: [String]) {
        guard task == self.task else {
            renewHead()
            return (false, ["the head is new: that of the file is for \(self.task.rawValue)"])
        }
        guard let join = try? classes.join(names, in: "the training folder"), join.absent.isEmpty else {
            renewHead()
            return (false, ["the head is new: the file's classes are others"])
        }
        if let assumption = join.assumption { return (true, [assumption]) }
        guard join.labels != Array(names.indices) else { return (true, []) }
        reorderHead(join.labels)
        return (true, ["the outputs of the head are in the order of the class folders now"])
    }
}

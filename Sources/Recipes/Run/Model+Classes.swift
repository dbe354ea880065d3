import Datasets
import Pretrained
import Tasks

extension Model {
    /// Fits the head to the classes of the training folder, whose number is its own.
    ///
    /// A head that told the same classes apart is kept, its outputs in the order of these. One that told others apart knows
    /// nothing of these and is begun anew.
    /// One that says numbers goes on to say the same, whatever its outputs count.
    /// - Parameter rules: those that training begins with.
    /// - Returns: what became of it, a sentence each; none where nothing did.
    func takeOver(_ names: [String], _ rules: AnswerRules, for task: LearningTask) -> [String] {
        guard task == self.task else {
            renewHead()
            return ["the head is new: that of the file is for \(self.task.rawValue)"]
        }
        if let (old, new) = self.rules.scale.flatMap({ old in rules.scale.map { (old, $0) } }) {
            rescaleHead(from: old, to: new)
            return classNames == names ? [] : ["the head is kept, though it said \(classes.names.listed("and"))"]
        }
        guard let join = try? classes.join(names, in: "the training folder"), join.absent.isEmpty else {
            renewHead()
            return ["the head is new: the file's classes are others"]
        }
        if let assumption = join.assumption { return [assumption] }
        guard join.labels != Array(names.indices) else { return [] }
        reorderHead(join.labels)
        return ["the outputs of the head are in the order of the class folders now"]
    }
}

/// Which samples a run learns from and is judged by.
package struct DatasetConfiguration: Sendable, Hashable {
    /// Where the validation samples come from.
    package enum Validation: Sendable, Hashable {
        case none
        /// A fraction of each class of the training samples (see `Split`).
        case fraction(Double)
        /// A folder or table with classes of the training samples, if not all of them.
        case source(String)
    }

    /// A folder or table; its labels are the classes.
    package var train: String
    package var validation = Validation.none
    /// A folder or table with classes of the training samples, if not all of them.
    package var test: String?
    package var tables = TableOptions()
    /// What becomes of labels; nil to leave them as they are.
    package var classes: ClassMap?
    /// Tells what belongs together and is never parted, where no column of a table does.
    package var groups: GroupPattern?
    /// Files with the names of those training samples that are for something else.
    package var partLists: [DatasetRole: String] = [:]
    /// The most training samples of each class; nil for all.
    package var limit: Int?
    /// Decides, with the names, which samples validate.
    package var seed: UInt64

    package init(train: String, seed: UInt64) {
        self.train = train
        self.seed = seed
    }
}

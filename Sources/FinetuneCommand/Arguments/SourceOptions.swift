import Datasets
import Files
import Pretrained
import Recipes
import Tasks

/// The options by which commands take tables and arrays of images where they take folders.
enum SourceOptions {
    private static let root = Option.path(
        "--root", "DIR", "the folder that paths in a table begin at (default: the table's)")
    private static let pathColumn = Option.text(
        "--path-column", "NAME", "the column with the paths (default: found by its name), or the array of images")
    private static let labelColumn = Option.text(
        "--label-column", "NAME",
        "the column or array with the label (default: found by its name); may be repeated, of columns with 1 for the label "
            + "that each is called after"
    ).repeated
    private static let delimiter = Option<CSVReader.Delimiter>.choice(
        "--delimiter", "comma|tab|semicolon", "what parts the columns (default: found out)",
        of: CSVReader.Delimiter.allCases)
    private static let pixels = Option.shape(
        "--pixels", "HxW|HxWx3|3xHxW",
        "what the pixels in a row are: grey, or colours in this order (default: a grey square)")
    private static let part = Option<DatasetRole>.choice(
        "--part", DatasetRole.allCases.map(\.rawValue).joined(separator: "|"),
        "which images of an .npz file with several sets", of: DatasetRole.allCases)

    private static let task = Option<LearningTask>.choice(
        "--task", LearningTask.catalogue.map(\.rawValue).joined(separator: "|"),
        "what labels are for (default: what the model is trained for)", of: LearningTask.catalogue)

    static let declarations = [
        root.declaration, pathColumn.declaration, labelColumn.declaration, delimiter.declaration, pixels.declaration,
    ]
    /// Of commands that take one set of images.
    static let partDeclaration = part.declaration

    /// Of commands that need no answers of a model.
    static let taskDeclaration = task.declaration

    /// What a table is, for the help of commands.
    static let discussion = """
        A TABLE is a .csv or .tsv file with a row for each image, which has its path or its pixels, or an .npz file with
        NumPy's arrays of images and labels.
        """

    /// What a table calls its labels, where somebody says so.
    static func labelColumn(_ arguments: Arguments) -> String? { arguments.all(labelColumn).first }

    /// What labels are for.
    static func task(_ arguments: Arguments, of model: Model) -> LearningTask { arguments[task] ?? model.task }

    /// Which images of a file with several sets; nil where nobody says so.
    static func part(_ arguments: Arguments) -> DatasetRole? { arguments[part] }

    /// How the tables among some sources are read.
    /// - Throws: `UsageError` for an option of tables where there is none.
    static func options(_ arguments: Arguments, for sources: [String], _ command: Command) throws -> TableOptions {
        if !sources.contains(where: isTable) {
            let declared = declarations + [partDeclaration]
            if let option = declared.first(where: { arguments.gives($0.name) }) {
                throw UsageError("\(option.name) belongs to a table (.csv, .tsv, .npz), and there is none", command)
            }
        }
        var options = TableOptions()
        options.root = arguments[root]
        options.columns.path = arguments[pathColumn]
        options.columns.labels = arguments.all(labelColumn)
        options.delimiter = arguments[delimiter]
        options.shape = arguments[pixels]
        options.terms = terms
        return options
    }

    private static let terms = {
        var terms = TableOptions.Terms()
        terms.path = "--path-column NAME"
        terms.label = "--label-column NAME"
        terms.root = "--root"
        terms.delimiter = "--delimiter"
        terms.shape = "--pixels HxW"
        terms.part = "--part"
        return terms
    }()
}

import Datasets
import Files
import Recipes

/// Images to do something about, in order.
struct ImageList {
    var samples: [Sample] = []
    /// What is no image.
    var bad: [BadImage] = []
    var remarks: [String] = []
    /// The first table among them; nil where there are files and folders alone.
    var table: Table?

    struct Table {
        /// What it calls the column with the paths; nil where rows are pixels.
        let pathColumn: String?
    }

    init() {}

    /// Files, and folders of these.
    init(files: [String]) {
        let list = ListedImages(files)
        (samples, bad, remarks) = (list.samples, list.bad, list.remarks)
    }

    mutating func append(_ other: ImageList) {
        samples += other.samples
        bad += other.bad
        remarks += other.remarks
        table = table ?? other.table
    }
}

/// Makes lists of images of operands: files, folders and tables.
struct ImageOperands {
    private let options: TableOptions
    private let part: DatasetRole

    /// - Throws: `UsageError` for an option of tables where there is none.
    init(_ arguments: Arguments, _ command: Command) throws {
        options = try SourceOptions.options(arguments, for: arguments.operands.filter(Self.isTable), command)
        part = SourceOptions.part(arguments) ?? .test
    }

    /// Texts are called `.txt` for many reasons, and lie beside images.
    static func isTable(_ operand: String) -> Bool {
        [".csv", ".tsv", ".npz"].contains { operand.lowercased().hasSuffix($0) } && !FileSystem.isFolder(operand)
    }

    /// - Throws: what reading tables throws.
    func images(_ operands: some Sequence<String>) throws -> ImageList {
        var list = ImageList()
        for operand in operands {
            list.append(Self.isTable(operand) ? try images(ofTable: operand) : ImageList(files: [operand]))
        }
        return list
    }

    private func images(ofTable path: String) throws -> ImageList {
        let table = try TableImages(path, options, role: part)
        var list = ImageList()
        (list.samples, list.remarks) = (table.samples, table.remarks.map { "warning: \($0)" })
        list.table = ImageList.Table(pathColumn: table.pathColumn)
        return list
    }
}

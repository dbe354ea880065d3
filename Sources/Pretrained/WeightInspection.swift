import Archives
import Files
import Networks
import Tasks

/// What a weight file holds.
package struct WeightInspection: Sendable {
    /// A tensor of the file.
    package struct Row: Sendable {
        package let name: String
        package let shape: [Int]
        package let elementType: String
        /// The parameter that it feeds, `unused`, or `ignored`.
        package let use: String
    }

    /// A parameter of the architecture.
    package struct Origin: Sendable {
        package let parameter: String
        /// In our order of axes.
        package let shape: [Int]
        /// The tensors of the file that it is copied or computed from, with their shapes; none for one that starts anew.
        package let tensors: [(name: String, shape: [Int])]
        package let isComputed: Bool
    }

    /// The file.
    package let path: String
    package let layout: WeightLayout
    /// What a person calls the file.
    private let fileWords: String
    /// The version of Keras that wrote the file, where it says so.
    package let kerasVersion: String?
    /// The architecture that the file fits best, or nil for none.
    package let architecture: Architecture?
    package let options: Architecture.Options?
    /// What the file tells of it, or what is usual for the architecture's weights in its layout.
    package let preprocessing: Preprocessing?
    /// The class names, where the file is one of ours or lies beside one that names them.
    package let classNames: [String]?
    /// What a model was trained for, where the file is one of ours.
    package let task: LearningTask?
    /// What makes answers of a model's outputs, where the file is one of ours.
    package let rules: AnswerRules?
    /// A model's further texts, where the file is one of ours.
    package let metadata: [String: String]
    /// Where the numbers of the architecture's head would come from.
    package let head: HeadOrigin?
    /// Why the file's network is none of ours, where it says what it is or is known to be another.
    package let problem: String?
    /// What else a person should know of the file, one sentence a line.
    package let remarks: [String]
    /// Parameters of the architecture that the file lacks, the head's among them.
    package let missing: [String]
    package let rows: [Row]
    /// Where each parameter of the architecture would come from, in the network's order.
    package let origins: [Origin]

    /// Reads names, shapes and attributes, but no numbers.
    /// - Throws: `ArchiveError` for a file that cannot be read, `WeightError` for one whose layout is unknown.
    package init(path: String) throws {
        let file = try WeightFile(path: path)
        let importer = Importer(file, ImportOptions())
        let stored = try importer.storedDescription()
        let refusal = Self.reason(of: Result { try importer.refuseOtherNetworks() })
        let settling = refusal == nil ? Result { try importer.settledFit(stored) } : nil
        let settled = try? settling?.get()
        let fit = settled?.fit
        let keras = Result { try importer.describedModel()?.keras }
        self.path = path
        layout = file.layout
        fileWords = file.words
        kerasVersion = file.kerasVersion
        architecture = fit?.architecture
        options = fit?.options
        let inside = (try? keras.get())?.preprocessing
        preprocessing =
            stored?.preprocessing ?? inside ?? importer.hub?.preprocessing
            ?? fit?.publication(file.layout).preprocessing
        // What is named beside a file and not in it has more to be told than that nothing is known.
        let contradiction = importer.hub == nil ? nil : settling.flatMap(Self.reason)
        problem = refusal ?? Self.reason(of: keras) ?? contradiction
        classNames = stored?.classNames ?? importer.hub?.classNames
        task = stored?.task
        rules = stored?.rules
        metadata = stored?.metadata ?? [:]
        head = settled?.head
        remarks = file.remarks + (importer.hub?.remarks ?? [])
        missing = fit?.missing.map(\.name) ?? []

        let copied = (fit?.sources ?? [:]).map { ($0.value.name, $0.key) }
        let computed = (fit?.derived ?? [:]).sorted { $0.key > $1.key }.flatMap { parameter, tensors in
            tensors.map { ($0.name, parameter) }
        }
        let uses = Dictionary(copied + computed, uniquingKeysWith: { first, _ in first })
        origins = (fit?.network.parameters ?? []).map { parameter in
            let computed = fit?.derived[parameter.name]
            let tensors = computed ?? fit?.sources[parameter.name].map { [$0] } ?? []
            return Origin(
                parameter: parameter.name, shape: parameter.shape, tensors: tensors.map { ($0.name, $0.shape) },
                isComputed: computed != nil)
        }
        let baggage = fit.map { $0.baggage.values.joined().map(\.name) } ?? file.ignored.map(\.name)
        let ignored = Set(baggage)
        rows = file.archive.entries.map { entry in
            Row(
                name: entry.name, shape: entry.shape, elementType: entry.elementType.description,
                use: uses[entry.name] ?? (ignored.contains(entry.name) ? "ignored" : "unused"))
        }
    }

    private static func reason<Value>(of result: Result<Value, any Error>) -> String? {
        guard case .failure(let error as WeightError) = result else { return nil }
        return error.reason
    }

    /// The whole report as plain text, with a row for each tensor.
    package var text: String { text(byParameter: false) }

    /// The whole report as plain text.
    /// - Parameter byParameter: whether its table has a row for each parameter of the architecture, and tells where that comes
    ///   from; else it has one for each tensor of the file, and tells what that feeds.
    package func text(byParameter: Bool) -> String {
        var lines = [
            field("file", path),
            field("layout", "\(fileWords)\(kerasVersion.map { ", written by Keras \($0)" } ?? "")"),
            field("architecture", architectureWords),
        ]
        if let task, task != .classification { lines.append(field("task", task.rawValue)) }
        if let preprocessing { lines.append(field("preprocessing", preprocessing.words)) }
        if let problem { lines.append(field("problem", problem)) }
        if let options, let head {
            let names = classNames.map { ": " + $0.listed(most: 12) } ?? ""
            let lack = "the file has no classifier for this network: the head will be new"
            lines.append(
                field(
                    "classes",
                    head.isNew
                        ? lack + (head.reason.isEmpty ? "" : "; \(head.reason)") : "\(options.classCount)\(names)"))
        }
        if let thresholds = rules?.thresholds {
            let words = thresholds.enumerated().map { "\(classNames?[$0] ?? "\($0)") \(Words.decimals($1, 4))" }
            lines.append(field("thresholds", words.listed(most: 12)))
        }
        if let temperature = rules?.temperature { lines.append(field("temperature", temperature.description)) }
        if let scale = rules?.scale {
            lines.append(field("output", "counts \(Words.short(scale.unit)) from \(Words.short(scale.offset))"))
        }
        let missingTrunk = missing.filter { !Network.isInHead($0) }
        if !missingTrunk.isEmpty { lines.append(field("missing", missingTrunk.listed(most: 12))) }
        for (key, value) in metadata.sorted(by: { $0.key < $1.key }) {
            let first = value.split(separator: "\n").first.map(String.init) ?? ""
            lines.append(field(key, first == value ? value : "\(first) …"))
        }
        let numbers = rows.reduce(0) { $0 + $1.shape.reduce(1, *) }
        lines.append(field("tensors", "\(rows.count), \(numbers) numbers"))
        lines += remarks.map { field("remark", $0) }
        return (lines + [""] + (byParameter ? originTable : table)).joined(separator: "\n")
    }

    private var architectureWords: String {
        guard let architecture, let options else { return "none that is known" }
        return architecture.words(options)
    }

    private func field(_ name: String, _ value: String) -> String {
        name.legible.padded(to: 14) + " " + value.legible
    }

    /// Columns: parameter, shape, tensors, their shapes.
    private var originTable: [String] {
        var table = TextTable([
            ("parameter", .leading), ("shape", .leading), ("comes from", .leading), ("stored as", .leading),
        ])
        for origin in origins {
            let names = origin.tensors.map(\.name).listed(most: 4)
            table.add([
                origin.parameter, origin.shape.timesList,
                origin.tensors.isEmpty
                    ? "nothing: it starts anew" : origin.isComputed ? "computed from \(names)" : names,
                origin.tensors.first.map { origin.isComputed ? "" : $0.shape.timesList } ?? "",
            ])
        }
        return table.lines
    }

    /// Columns: name, shape, type, use.
    private var table: [String] {
        var table = TextTable([("tensor", .leading), ("shape", .leading), ("type", .leading), ("feeds", .leading)])
        for row in rows {
            table.add([row.name, row.shape.isEmpty ? "scalar" : row.shape.timesList, row.elementType, row.use])
        }
        return table.lines
    }
}

import Files

/// Where the numbers of a network's head come from.
package enum HeadOrigin: Hashable, Sendable {
    /// From the file.
    case file
    /// From the file, which does not tell what they mean: why not, and how to say it.
    case doubtful(String)
    /// From nowhere, as the file's classifier tells another number of classes apart than is wanted.
    case otherClasses(Int)
    /// From nowhere, as the file's classifier has layers that the network's head has not: its tensors, with their shapes.
    case otherLayers([String])
    /// From nowhere, as the file's last layer is a projection of momentum contrast, no classifier: the queue that it is
    /// compared with, and that queue's shape.
    case projection(queue: String, shape: [Int])
    /// From nowhere, as nothing in the file is known to be a classifier; some tensors, with their shapes, may be one.
    case absent(candidates: [String])
    /// From nowhere, as the file's has a layer that the network's head cannot express: which one, and why.
    case inexpressible(String)

    /// Whether the head is newly initialised, and so tells nothing.
    package var isNew: Bool {
        switch self {
        case .file, .doubtful: false
        case .otherClasses, .otherLayers, .projection, .absent, .inexpressible: true
        }
    }

    /// Why the head is new, for a person; empty where there is nothing to say.
    var reason: String {
        switch self {
        case .file, .doubtful: ""
        case .otherClasses(let count): "the file's tells \(count) apart"
        case .otherLayers(let tensors): "the file's has other layers, \(tensors.listed(most: 6))"
        case .projection(let queue, let shape): Self.projectionWords(queue, shape)
        case .inexpressible(let problem): "the file's cannot be taken over: \(problem)"
        case .absent(let candidates) where candidates.isEmpty: ""
        case .absent(let candidates): "no classifier is known in the file, but \(candidates.listed(most: 6)) may be one"
        }
    }

    /// Of a layer that ends in several sigmoids: why it is not taken over, and what can be done.
    static let severalAnswers =
        "several answers to one image, and such a head is not read; `task: multi_label` in a recipe trains a new one"

    fileprivate static func projectionWords(_ queue: String, _ shape: [Int]) -> String {
        "the file's last layer is a projection of momentum contrast, whose outputs are compared with `\(queue)` "
            + "(\(shape.timesList))"
    }
}

extension LoadReport {
    /// Makes sure that the head's answers are those of the file.
    /// - Throws: `WeightError` for a new head or one in doubt, which says what the file holds instead and what to do about
    ///   it.
    package func requireHead() throws {
        guard head != .file else { return }
        let task = "only training can give it one: finetune --recipe R.yaml"
        let reason =
            switch head {
            case .file, .absent(candidates: []):
                "holds no classifier, so the network has nothing to tell classes by; \(task)"
            case .otherClasses(let count):
                "tells \(count) classes apart, not \(options.classCount); \(task)"
            case .doubtful(let doubt):
                "holds a classifier, but \(doubt)"
            case .projection(let queue, let shape):
                """
                holds no classifier: \(HeadOrigin.projectionWords(queue, shape)); if it is one, say \
                --name-map \(queue)=\(NameMap.unused); otherwise \(task)
                """
            case .inexpressible(let problem):
                "holds a head that no network here can express: \(problem); otherwise \(task)"
            case .otherLayers(let tensors):
                """
                holds a classifier of other layers than \(architecture.rawValue)'s, which cannot be taken over: \
                \(tensors.listed(most: 6)); --name-map NAME=\(NameMap.unused) sets a layer aside that is none of the \
                classifier's; otherwise \(task)
                """
            case .absent(let candidates):
                """
                holds no classifier under a name that is known; \(candidates.listed(most: 6)) may be it: \
                --name-map NAME=head.linear takes the layer NAME for it; otherwise \(task)
                """
            }
        throw WeightError(path: path, reason: reason)
    }
}

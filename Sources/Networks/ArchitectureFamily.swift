import Files

extension Architecture {
    /// What the networks of one paper have in common.
    package struct Family: Sendable {
        /// The forms that its networks were published in, the usual one first; none where all publishers agree.
        package let forms: [Form]
        /// What is published for Keras.
        let keras: Publication
        /// What is published for PyTorch.
        let torch: Publication

        init(forms: [Form] = [], keras: Publication, torch: Publication) {
            self.forms = forms
            self.keras = keras
            self.torch = torch
        }

        /// The forms to try where a person said `said` or nothing: none where it is no form of this family, nil alone where
        /// it has but one, in which any word is taken.
        /// - Parameter usual: those that are tried where nothing was said.
        package func forms(said: Form?, usual: [Form]) -> [Form?] {
            guard !forms.isEmpty else { return [nil] }
            return said.map { forms.contains($0) ? [$0] : [] } ?? usual
        }

        package func publication(for framework: Framework) -> Publication {
            switch framework {
            case .keras: keras
            case .torch: torch
            }
        }
    }

    /// What weights are published for.
    package enum Framework: Sendable, CaseIterable { case keras, torch }

    /// What is known of a family's weights in one framework.
    package struct Publication: Sendable {
        /// What they were trained with.
        package let preprocessing: Preprocessing
        /// The forms that they have as a rule, the likelier first; empty where the family has no forms.
        package let forms: [Form]
        /// Forms of the same tensors as one of `forms`, which a person must ask for.
        package let rarerForms: [Form]
        /// What the framework calls a layer, by its node's index: the name of today first, then others that files have.
        /// None where no name is agreed on.
        package let layerNames: @Sendable (Network, Int) -> [String]

        init(
            preprocessing: Preprocessing, forms: [Form] = [], rarerForms: [Form] = [],
            layerNames: @escaping @Sendable (Network, Int) -> [String]
        ) {
            self.preprocessing = preprocessing
            self.forms = forms
            self.rarerForms = rarerForms
            self.layerNames = layerNames
        }
    }

    /// One of the ways in which the networks of a family were published. What it means, the family's file says.
    public struct Form: RawRepresentable, Hashable, Sendable {
        /// By what recipes, the command line and model files call it, such as `v1.5`.
        public let rawValue: String
        /// Whose it is.
        package let owners: String

        /// As in torchvision, where it differs from Keras.
        public static let torch = Self("torch", owners: "torchvision's")
        /// As in Keras, where it differs from torchvision.
        public static let keras = Self("keras", owners: "Keras'")

        init(_ name: String, owners: String) {
            rawValue = name
            self.owners = owners
        }

        /// The form of a name; nil where no family in the catalogue has one.
        public init?(rawValue: String) {
            guard let known = Self.all.first(where: { $0.rawValue == rawValue }) else { return nil }
            self = known
        }

        /// The forms of all families in the catalogue.
        package static let all = Architecture.catalogue.reduce(into: [Form]()) { forms, architecture in
            forms += architecture.family.forms.filter { !forms.contains($0) }
        }
    }

    /// What is wrong with a form, for a person; nil for one of its own, or any where it has but one.
    package func problem(with form: Form) -> String? {
        guard !family.forms.isEmpty, !family.forms.contains(form) else { return nil }
        return "\(rawValue) has no form `\(form.rawValue)`; it has "
            + family.forms.map(\.rawValue).listed("and")
    }

    /// Words on a network of this architecture for a person, such as `resnet50, v1.5 form`.
    package func words(_ options: Options) -> String {
        let options = settled(options)
        var words = [rawValue]
        if let form = options.form { words.append("\(form.rawValue) form") }
        if fullyConnected != nil {
            words.append("\(options.fullyConnected ? "with its" : "without") fully connected layers")
        }
        return words.joined(separator: ", ")
    }
}

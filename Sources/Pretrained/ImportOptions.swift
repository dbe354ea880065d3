import Images
import Networks

/// What a person says about a weight file; whatever is nil or empty is read from the file.
package struct ImportOptions: Sendable {
    package var architecture: Architecture?
    package var form: Architecture.Form?
    /// Whether the network keeps the large linear layers that it was published with; nil keeps them where the file has them.
    package var fullyConnected: Bool?
    /// What the last layer ends in, where the file does not tell.
    package var activation: Activation?
    /// What stands between trunk and logits, as far as the file tells.
    var head = Head()
    /// The dropout rate before the last linear layer.
    package var dropout = 0.0
    /// How many classes the network shall tell apart; where it is not the file's number, the head is new.
    package var classCount: Int?
    /// The classes' names, as many as `classCount`; nil keeps those of the file, where it has any and the head stays.
    package var classNames: [String]?
    /// From names in the file to names of our nodes: see `NameMap`.
    package var nameMap: [String: String] = [:]
    package var preprocessing: Preprocessing?
    /// The side of the images, in pixels.
    package var imageSize: Int?
    package var resize: ResizeMode?
    /// Stages whose parameters may be missing; what is missing there starts untrained.
    package var allowingMissing: Set<String> = []
    /// The batch-norm epsilon that the weights were trained with, above 0, where it is not the published one.
    package var batchNormEpsilon: Double?
    /// For new heads.
    package var seed: UInt64 = 0

    /// The function at the end of a classifier.
    package enum Activation: String, CaseIterable, Sendable {
        /// One class among several.
        case softmax
        /// Of one number: class 1 against class 0. Of several numbers, which are several answers, it is not known here.
        case sigmoid
    }

    package init(architecture: Architecture? = nil, classCount: Int? = nil) {
        self.architecture = architecture
        self.classCount = classCount
    }

    /// The architectures and options that these allow for a file of a framework, the likelier first.
    /// - Parameter framework: nil for a file of ours.
    func candidates(
        classCount: Int, _ framework: Architecture.Framework?
    ) -> [(Architecture, Architecture.Options)] {
        (architecture.map { [$0] } ?? Architecture.catalogue).flatMap { architecture in
            let choices = Architecture.Options(
                classCount: classCount, dropout: dropout, batchNormEpsilon: batchNormEpsilon, head: head)
            return forms(of: architecture, framework).flatMap { form in
                tops(of: architecture).flatMap { top in
                    heads(of: architecture).map { head in
                        var options = choices
                        (options.form, options.fullyConnected, options.head) = (form, top, head)
                        return (architecture, architecture.settled(options))
                    }
                }
            }
        }
    }

    private func forms(of architecture: Architecture, _ framework: Architecture.Framework?) -> [Architecture.Form?] {
        let family = architecture.family
        return family.forms(
            said: form, usual: framework.map { family.publication(for: $0).forms } ?? family.forms)
    }

    private func tops(of architecture: Architecture) -> [Bool] {
        architecture.fullyConnected == nil ? [false] : fullyConnected.map { [$0] } ?? [false, true]
    }

    private func heads(of architecture: Architecture) -> [Head] {
        head == Head() && architecture.head != Head() ? [architecture.head, head] : [head]
    }
}

import Images
import Networks

/// What a person says about a weight file; whatever is nil or empty is read from the file.
package struct ImportOptions: Sendable {
    package var architecture: Architecture?
    package var form: ResNetForm?
    /// Whether a VGG keeps its two large linear layers; nil keeps them where the file has them.
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

    /// The architectures and options that these allow, the likelier first. A ResNet of the caffe form has the tensors of one
    /// of the v1.5 form, so it must be asked for.
    func candidates(classCount: Int) -> [(Architecture, Architecture.Options)] {
        (architecture.map { [$0] } ?? Architecture.allCases).flatMap { architecture in
            let forms: [ResNetForm] =
                architecture.family == .resNet ? form.map { [$0] } ?? [.revised, .original] : [.revised]
            let tops = architecture.family == .vgg ? fullyConnected.map { [$0] } ?? [false, true] : [false]
            return forms.flatMap { form in
                tops.map { top in
                    (
                        architecture,
                        Architecture.Options(
                            classCount: classCount, form: form, fullyConnected: top, dropout: dropout,
                            batchNormEpsilon: batchNormEpsilon, head: head)
                    )
                }
            }
        }
    }
}

import Datasets
import Engine
import Files
import Foundation
import Pretrained

/// What features are computed from, beside the partial file: only from the same it is gone on with.
struct FeatureOrigin: Equatable {
    let fingerprint: Fingerprint
    let images: ImageInventory

    /// The name of the file that says it.
    static func path(of path: String) -> String { OutputFile.partialPath(of: path) + ".origin" }

    /// - Throws: `CancellationError` where the process is to end.
    init(_ predictor: Predictor, taps: [String], pooling: TapPooling, _ images: NamedImages) throws {
        let model = predictor.model
        var fingerprint = Fingerprint()
        fingerprint.add(model)
        fingerprint.add("layers", taps.joined(separator: ", "))
        fingerprint.add("pooling", pooling.rawValue)
        fingerprint.add("class names", images.classNames.joined(separator: ", "))
        fingerprint.add("precision", predictor.configuration.precision.rawValue)
        fingerprint.addProgram(library: ComputeLibrary.version, instructionSet: ComputeLibrary.instructionSet)
        fingerprint.add(weights: model.parameters)
        self.fingerprint = fingerprint
        self.images = try ImageInventory(
            [(role: nil, samples: images.samples)], isInterrupted: { Cancellation.isRequested })
    }

    /// Finds out whether what an interrupted run has left at a path can be gone on with.
    /// - Throws: `FeatureFileError.otherOrigin`, or `.unknownOrigin` where nothing says what that run was begun with.
    func check(_ path: String) throws {
        let partial = OutputFile.partialPath(of: path)
        guard let old = FeatureOrigin(at: Self.path(of: path)) else { throw FeatureFileError.unknownOrigin(partial) }
        let (settings, weights) = old.fingerprint.differences(in: fingerprint)
        let differences = settings + weights + old.images.differences(in: images)
        guard differences.isEmpty else { throw FeatureFileError.otherOrigin(file: partial, differences) }
    }

    // MARK: In a file

    /// Writes it: a checksum of all that follows, the fingerprint as JSON, and the images, each ended by a zero.
    /// - Throws: `OutputError`.
    func write(of path: String) throws {
        let contents = try [UInt8](JSONEncoder().encode(fingerprint)) + [0] + images.bytes
        let file = try OutputFile(Self.path(of: path))
        try file.write(Self.checksum(contents[...]) + [0])
        try file.write(contents)
        try file.finish()
    }

    static func remove(of path: String) { FileSystem.remove(Self.path(of: path)) }

    /// - Returns: nil for anything but what `write` left.
    private init?(at path: String) {
        guard let bytes = FileSystem.bytes(of: path) else { return nil }
        let parts = bytes.split(separator: 0, maxSplits: 2, omittingEmptySubsequences: false)
        guard parts.count == 3, Array(parts[0]) == Self.checksum(bytes[parts[1].startIndex...]),
            let fingerprint = try? JSONDecoder().decode(Fingerprint.self, from: Data(parts[1])),
            let images = ImageInventory(bytes: parts[2])
        else { return nil }
        self.fingerprint = fingerprint
        self.images = images
    }

    private static func checksum(_ bytes: ArraySlice<UInt8>) -> [UInt8] {
        Array(bytes.withUnsafeBytes { Checksum($0) }.hexDigits.utf8)
    }
}

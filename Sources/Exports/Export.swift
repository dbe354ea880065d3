import Files
import Networks
import Pretrained

/// A model on its way to other programs, and what is known of it beside its numbers.
package struct Export {
    package let model: Model
    /// What the card calls it.
    package var name: String
    /// Whose names the tensors of PyTorch's formats have.
    package var names = TensorNames.torchvision
    /// Whether an ONNX file takes pixels of 0…255 and prepares them itself.
    package var takesRawPixels = false
    /// Where it comes from.
    package var origin = ModelOrigin()

    package init(_ model: Model, name: String) {
        self.model = model
        self.name = name
    }

    /// Writes a file, its card and whatever else a format has beside it. Nothing is written where anything cannot be.
    /// - Returns: the paths of all files, the first of them `path`.
    /// - Throws: `ExportError`, and what writing files throws.
    package func write(as target: ExportTarget, to path: String) throws -> [String] {
        let texts = try texts(as: target, beside: path)
        try target.format.write(self, to: path)
        for (place, text) in texts { try OutputFile.write(text, to: place) }
        return [path] + texts.map(\.place)
    }

    /// The paths that `write` would write.
    /// - Throws: `ExportError` where it could not.
    package func places(as target: ExportTarget, to path: String) throws -> [String] {
        [path] + (try texts(as: target, beside: path)).map(\.place)
    }

    /// What stands beside the file, the card last.
    private func texts(as target: ExportTarget, beside path: String) throws -> [(place: String, text: String)] {
        let card = try ModelCard(self, target.format, file: FileSystem.name(of: path))
        let companions = try target.format.companions(of: self) + [Companion(name: "README.md", text: card.text)]
        return try companions.map { (try $0.place(beside: path), $0.text) }
    }
}

/// A text beside an exported file.
package struct Companion {
    /// What says in a file that this program wrote it.
    static let mark = ExportedSettings.mark

    let name: String
    /// Has the mark in its first lines.
    let text: String

    /// Where it belongs.
    /// - Throws: `ExportError` where somebody else's file is.
    func place(beside path: String) throws -> String {
        let end = path.unicodeScalars.lastIndex(of: "/")
        let place = end.map { String(path.unicodeScalars[...$0]) + name } ?? name
        guard FileSystem.exists(place) else { return place }
        let beginning = FileSystem.bytes(of: place)?.prefix(2000) ?? []
        guard String(decoding: beginning, as: UTF8.self).contains(Self.mark) else {
            throw ExportError(
                "\(place) is there and no earlier export: give --output a folder of its own, or move that file away")
        }
        return place
    }
}

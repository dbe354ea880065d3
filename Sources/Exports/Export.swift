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
        let format = target.format
        let companions =
            try format.companions(of: self) + [
                Companion(name: "README.md", text: try ModelCard(self, format, file: FileSystem.name(of: path)).text)
            ]
        let places = try companions.map { try $0.place(beside: path) }
        try format.write(self, to: path)
        for (companion, place) in zip(companions, places) { try OutputFile.write(companion.text, to: place) }
        return [path] + places
    }

    /// The paths that `write` would write.
    package func places(as target: ExportTarget, to path: String) throws -> [String] {
        let names = try target.format.companions(of: self).map(\.name) + ["README.md"]
        return [path] + names.map { Companion.place(of: $0, beside: path) }
    }
}

/// A text beside an exported file.
package struct Companion {
    /// What says in a file that this program wrote it.
    static let mark = "finetune export"

    let name: String
    /// Has the mark in its first lines.
    let text: String

    static func place(of name: String, beside path: String) -> String {
        let end = path.unicodeScalars.lastIndex(of: "/")
        return end.map { String(path.unicodeScalars[...$0]) + name } ?? name
    }

    /// Where it belongs.
    /// - Throws: `ExportError` where somebody else's file is.
    func place(beside path: String) throws -> String {
        let place = Self.place(of: name, beside: path)
        guard FileSystem.exists(place) else { return place }
        let beginning = FileSystem.bytes(of: place)?.prefix(2000) ?? []
        guard String(decoding: beginning, as: UTF8.self).contains(Self.mark) else {
            throw ExportError(
                "\(place) is there and no earlier export: give --output a folder of its own, or move that file away")
        }
        return place
    }
}

import Files
import Foundation
import Training

extension Recipe {
    /// Where decoded images, and what the frozen part of the network yields for them, are kept, so that both are computed
    /// once.
    package struct Cache: Hashable, Sendable {
        package var memory: Memory
        /// For later runs too; nil for memory alone.
        package var disk: ActivationCache.Disk?

        package init(memory: Memory, disk: ActivationCache.Disk? = nil) {
            self.memory = memory
            self.disk = disk
        }
    }

    /// How much memory decoded images may take, and activations as much again.
    package enum Memory: Hashable, Sendable {
        /// A quarter of what is free when the run begins.
        case quarterOfFree
        case bytes(Int)
    }
}

extension Recipe.Cache {
    static let automatic = Recipe.Cache(memory: .quarterOfFree)
    static let none = Recipe.Cache(memory: .bytes(0))

    /// - Parameter output: the folder of run folders, in which the files are unless the recipe says otherwise.
    init(reading parent: Section, output: String) {
        if let node = parent.node("cache"), case .scalar = node.value {
            let words = Field.word(of: ["auto", "none"])
            let field = Field(
                expected: "auto, none, or a map such as {memory: 4GiB, disk: 20GiB}", read: words.read,
                hint: words.hint)
            self = parent.optional("cache", field) == "none" ? .none : .automatic
            return
        }
        let section = parent.section("cache")
        memory = section.value("memory", .memory, default: .quarterOfFree)
        let bytes = section.value("disk", .size, default: 0)
        let directory = section.value("directory", .path("a folder"), default: output + "/cache")
        disk = bytes > 0 ? .init(directory: directory, budgetBytes: bytes) : nil
        section.finish()
    }

    var node: YAMLNode {
        if self == .automatic { return .text("auto") }
        if self == .none { return .text("none") }
        var entries = [("memory", memory.node)]
        if let disk { entries += [("disk", .text("\(disk.budgetBytes)B")), ("directory", .text(disk.directory))] }
        return .map(entries)
    }
}

extension Recipe.Memory {
    fileprivate var node: YAMLNode {
        switch self {
        case .quarterOfFree: .text("auto")
        case .bytes(let count): .text("\(count)B")
        }
    }
}

extension Recipe.Memory {
    /// In bytes, on this machine now.
    package var byteCount: Int {
        switch self {
        case .quarterOfFree: AvailableMemory().byteCount / 4
        case .bytes(let count): count
        }
    }
}

extension Field where Value == Recipe.Memory {
    fileprivate static var memory: Field {
        Field<Int>.size.map(Recipe.Memory.bytes).or(Field<String>.word(of: ["auto"]).map { _ in .quarterOfFree })
    }
}

extension Field where Value == Int {
    /// A number of bytes, as `4GiB`, `500MB` or `1024B`.
    fileprivate static var size: Field {
        Field(expected: "a size such as 512MiB or 4GiB", read: { $0.text.flatMap(byteCount) })
    }

    private static func byteCount(_ text: String) -> Int? {
        let units = [
            "B": 1, "kB": 1_000, "MB": 1_000_000, "GB": 1_000_000_000, "KiB": 1 << 10, "MiB": 1 << 20, "GiB": 1 << 30,
        ]
        let digits = text.prefix { $0.isNumber || $0 == "." }
        let unit = text.dropFirst(digits.count).drop { $0 == " " }
        guard let factor = units[String(unit)], let number = Double(String(digits)), number >= 0,
            number * Double(factor) < 1e15
        else { return nil }
        return Int(number * Double(factor))
    }
}

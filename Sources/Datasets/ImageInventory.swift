import Files
import Glibc
import Tensors

/// What the image files of a run or pass are, so that one that goes on can tell whether they are what they were.
///
/// A file of the same size, times and inode is taken to be unchanged without reading it: whoever writes to a file, or
/// puts another in its place, changes the time of its last change of status, which no program can set. All others are
/// read, and their checksums compared; so a data set that was copied or touched is still the same.
package struct ImageInventory: Equatable {
    package struct Image: Equatable {
        /// What it is for; nil for images of a pass that has no parts.
        package let role: DatasetRole?
        /// The sample's name in bytes: to Unicode the names of two files may be equal.
        let name: [UInt8]
        /// What it is to be answered with and how much it counts, without blanks; nil where nobody knows.
        let label: String?
        /// Nil where there is no such file, or the image is no file of its own.
        let status: Status?
        /// Of all its bytes; nil where it cannot be read.
        let checksum: String?

        fileprivate var key: Key { Key(role: role, name: name) }

        fileprivate struct Key: Hashable {
            let role: DatasetRole?
            let name: [UInt8]
        }
    }

    /// What tells without reading that a file was not touched: its size in bytes, the times of its last changes of
    /// contents and of status in nanoseconds since 1970, and its inode.
    struct Status: Equatable {
        let size, modified, changed, inode: Int
    }

    package let images: [Image]

    /// Looks at all images of some parts of the data, on all cores.
    /// - Parameters:
    ///   - old: what is known of files that were not touched since.
    ///   - isInterrupted: asked after every thousand images.
    /// - Throws: `CancellationError`.
    package init(
        _ parts: [(role: DatasetRole?, samples: [Sample])], trusting old: ImageInventory? = nil,
        isInterrupted: () -> Bool
    ) throws {
        let samples = parts.flatMap { part in part.samples.map { (role: part.role, sample: $0) } }
        let known = Dictionary((old?.images ?? []).map { ($0.key, $0) }, uniquingKeysWith: { first, _ in first })
        var images: [Image] = []
        images.reserveCapacity(samples.count)
        for start in stride(from: 0, to: samples.count, by: Self.stepSize) {
            if start > 0, isInterrupted() { throw CancellationError() }
            images += concurrentMap(min(Self.stepSize, samples.count - start)) { index in
                let (role, sample) = samples[start + index]
                return Image(role, sample, known: known[Image.Key(role: role, name: sample.name.fileNameBytes)])
            }
        }
        self.images = images
    }

    private static let stepSize = 1000

    /// What differs in `now`, one line each.
    package func differences(in now: ImageInventory) -> [String] {
        let roles = DatasetRole.allCases + [nil]
        return roles.compactMap { Self.nameDifference($0, self[$0], now[$0]) }
            + roles.compactMap { Self.contentDifference($0, self[$0], now[$0]) }
            + roles.compactMap { Self.labelDifference($0, self[$0], now[$0]) }
    }

    private subscript(role: DatasetRole?) -> [Image] { images.filter { $0.role == role } }

    private static func nameDifference(_ role: DatasetRole?, _ old: [Image], _ new: [Image]) -> String? {
        if old.map(\.name) == new.map(\.name) { return nil }
        let (oldNames, newNames) = (Set(old.map(\.name)), Set(new.map(\.name)))
        let added = new.map(\.name).filter { !oldNames.contains($0) }
        let lost = old.map(\.name).filter { !newNames.contains($0) }
        let changes = [
            added.isEmpty ? nil : "\(added.count) new (\(examples(added)))",
            lost.isEmpty ? nil : "\(lost.count) gone (\(examples(lost)))",
        ].compactMap(\.self)
        let detail = changes.isEmpty ? "in another order" : changes.joined(separator: ", ")
        return "\(words(role)): \(old.count) then, \(new.count) now: \(detail)"
    }

    private static func contentDifference(_ role: DatasetRole?, _ old: [Image], _ new: [Image]) -> String? {
        let checksums = Dictionary(old.map { ($0.name, $0.checksum) }, uniquingKeysWith: { first, _ in first })
        let changed = new.filter { image in checksums[image.name].map { $0 != image.checksum } ?? false }
        guard !changed.isEmpty else { return nil }
        return "\(words(role)): \(changed.count) with other contents (\(examples(changed.map(\.name))))"
    }

    private static func labelDifference(_ role: DatasetRole?, _ old: [Image], _ new: [Image]) -> String? {
        let labels = Dictionary(old.map { ($0.name, $0.label) }, uniquingKeysWith: { first, _ in first })
        let changed = new.filter { image in
            guard let label = image.label, let before = labels[image.name] ?? nil else { return false }
            return label != before
        }
        guard !changed.isEmpty else { return nil }
        return "\(words(role)): \(changed.count) with other labels (\(examples(changed.map(\.name))))"
    }

    private static func words(_ role: DatasetRole?) -> String { role.map { "\($0.words) images" } ?? "images" }

    private static func examples(_ names: [[UInt8]]) -> String {
        names.prefix(3).map { String(fileName: $0).legible }.joined(separator: ", ")
            + (names.count > 3 ? ", …" : "")
    }
}

extension ImageInventory.Image {
    fileprivate init(_ role: DatasetRole?, _ sample: Sample, known: Self?) {
        self.role = role
        name = sample.name.fileNameBytes
        label = sample.target.map { "\($0.words)\(sample.weight == 1 ? "" : "*\(sample.weight)")" }
        status = ImageInventory.Status(of: sample.content)
        if let known, let status, known.status == status {
            checksum = known.checksum
        } else {
            checksum = sample.content.checksum?.hexDigits
        }
    }
}

extension ImageInventory.Status {
    fileprivate init?(of content: ImageContent) {
        guard case .file(let path) = content, let status = FileSystem.status(of: path) else { return nil }
        func nanoseconds(_ time: timespec) -> Int { time.tv_sec &* 1_000_000_000 &+ time.tv_nsec }
        size = Int(status.st_size)
        modified = nanoseconds(status.st_mtim)
        changed = nanoseconds(status.st_ctim)
        inode = Int(truncatingIfNeeded: status.st_ino)
    }
}

// MARK: - In a file

extension ImageInventory {
    /// A line for each image, ended by a zero, which no name holds: `train:<label> <size> <times> <inode> <checksum> <name>`,
    /// with `-` for what there is not and without a label where there is none.
    package var bytes: [UInt8] {
        images.reduce(into: []) { bytes, image in
            let numbers = image.status.map { "\($0.size) \($0.modified) \($0.changed) \($0.inode)" } ?? "- - - -"
            let label = image.label.map { ":\($0)" } ?? ""
            bytes += "\(image.role?.rawValue ?? "-")\(label) \(numbers) \(image.checksum ?? "-") ".utf8
            bytes += image.name
            bytes.append(0)
        }
    }

    /// - Returns: nil for anything but what `bytes` yields.
    package init?(bytes: some Collection<UInt8>) {
        let lines = bytes.split(separator: 0)
        images = lines.compactMap { Image(line: Array($0)) }
        guard images.count == lines.count else { return nil }
    }
}

extension ImageInventory.Image {
    fileprivate init?(line: [UInt8]) {
        let fields = line.split(separator: UInt8(ascii: " "), maxSplits: 6, omittingEmptySubsequences: false)
        guard fields.count == 7 else { return nil }
        let words = fields[0].split(separator: UInt8(ascii: ":"), maxSplits: 1).map {
            String(decoding: $0, as: UTF8.self)
        }
        let word = words.first ?? ""
        let role = DatasetRole(rawValue: word)
        guard role != nil || word == "-" else { return nil }
        let numbers = fields[1...4].compactMap { Int(String(decoding: $0, as: UTF8.self)) }
        let digits = String(decoding: fields[5], as: UTF8.self)
        self.role = role
        name = Array(fields[6])
        label = words.count > 1 ? words[1] : nil
        status =
            numbers.count == 4
            ? .init(size: numbers[0], modified: numbers[1], changed: numbers[2], inode: numbers[3]) : nil
        checksum = digits == "-" ? nil : digits
    }
}

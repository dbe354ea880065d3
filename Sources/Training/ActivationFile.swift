import Files
import Foundation

/// Activations on disk, a file for each key, so that later runs find them too.
///
/// The file is a header and then places of one size, each with the identity of a view, a checksum, and the activations.
/// A header that is another one's begins the file anew; a place that was torn or damaged is forgotten when it is read.
/// Entries are read and written, not mapped: a file that is cut by somebody else must not end the program.
final class ActivationFile {
    /// What names a view for good: 64 bytes of text.
    typealias Identity = String

    private let descriptor: Int32
    private let header: [UInt8]
    private let entryBytes: Int
    private let capacity: Int
    /// Where each view lies: the number of its place.
    private var places: [Identity: Int] = [:]
    private var placeCount = 0
    /// A place as it is on disk.
    private var buffer: [UInt8]
    /// Why nothing is written any more; nil as long as all is well.
    private(set) var failure: String?

    private static let headerBytes = 256
    private static let identityBytes = 64
    /// Identity, checksum, and zeros to a whole line of the processor's cache.
    private static let prefaceBytes = 128
    private static let pathExtension = "activations"

    /// Opens or makes the file of a key.
    /// - Parameters:
    ///   - directory: an existing folder; files of other keys in it give way, the oldest first, where the budget asks for it.
    ///   - budgetBytes: the most bytes that all such files in the folder may have together.
    ///   - wantedEntries: how many there may come to be.
    /// - Returns: nil where another run is using the file.
    /// - Throws: `TrainingError.cacheUnusable`.
    init?(directory: String, key: String, entryBytes: Int, budgetBytes: Int, wantedEntries: Int) throws {
        let name = "\(key.prefix(24)).\(Self.pathExtension)"
        guard let descriptor = try Self.openLocked("\(directory)/\(name)") else { return nil }
        self.descriptor = descriptor
        self.entryBytes = entryBytes
        buffer = Array(repeating: 0, count: Self.prefaceBytes + entryBytes)
        let text = "finetune activations 1\nkey \(key)\nbytes \(entryBytes)\n"
        header = Array(text.utf8) + Array(repeating: 0, count: Self.headerBytes - text.utf8.count)
        let wanted = Self.headerBytes + wantedEntries * buffer.count
        let others = Self.makeRoom(in: directory, besides: name, wanted: wanted, budgetBytes: budgetBytes)
        capacity = max(0, (budgetBytes - others - Self.headerBytes) / buffer.count)
        readPlaces()
    }

    /// - Returns: nil where another run is using the file.
    private static func openLocked(_ path: String) throws -> Int32? {
        while true {
            let descriptor = path.withCPath { open($0, O_RDWR | O_CREAT | O_CLOEXEC, 0o666) }
            guard descriptor >= 0 else {
                throw TrainingError.cacheUnusable(path: path, reason: "\(SystemError())")
            }
            do {
                try FileLock.take(descriptor)
            } catch {
                close(descriptor)
                return nil
            }
            // Another run may have deleted it to make room before it was locked.
            if FileLock.isFile(descriptor, stillAt: path) { return descriptor }
            close(descriptor)
        }
    }

    deinit { close(descriptor) }

    func contains(_ identity: Identity) -> Bool { places[identity] != nil }

    /// Reads the activations of a view. What turns out to be damaged is forgotten.
    /// - Returns: false where there are none.
    func read(_ identity: Identity, into destination: UnsafeMutableRawBufferPointer) -> Bool {
        guard let place = places[identity] else { return false }
        let start = offset(of: place)
        let isSound = buffer.withUnsafeMutableBytes { buffer in
            guard Self.readAll(descriptor, buffer, at: start),
                buffer[..<Self.identityBytes].elementsEqual(identity.utf8)
            else { return false }
            let activations = UnsafeRawBufferPointer(rebasing: buffer[Self.prefaceBytes...])
            guard
                buffer.loadUnaligned(fromByteOffset: Self.identityBytes, as: UInt64.self)
                    == Checksum(activations).value
            else { return false }
            destination.copyMemory(from: activations)
            return true
        }
        if !isSound { places[identity] = nil }
        return isSound
    }

    /// Writes the activations of a view, where there is room. After a failure nothing more is written.
    func append(_ activations: UnsafeRawBufferPointer, for identity: Identity) {
        guard failure == nil, placeCount < capacity, places[identity] == nil, identity.utf8.count == Self.identityBytes
        else { return }
        buffer.withUnsafeMutableBytes { buffer in
            buffer.copyBytes(from: identity.utf8)
            buffer.storeBytes(of: Checksum(activations).value, toByteOffset: Self.identityBytes, as: UInt64.self)
            UnsafeMutableRawBufferPointer(rebasing: buffer[Self.prefaceBytes...]).copyMemory(from: activations)
        }
        guard write(buffer, at: offset(of: placeCount)) else { return }
        places[identity] = placeCount
        placeCount += 1
    }

    // MARK: The file

    private func offset(of place: Int) -> Int { Self.headerBytes + place * buffer.count }

    /// Learns what is there, or begins the file anew.
    private func readPlaces() {
        var found = [UInt8](repeating: 0, count: Self.headerBytes)
        let isOurs = found.withUnsafeMutableBytes { Self.readAll(descriptor, $0, at: 0) } && found == header
        guard isOurs else {
            ftruncate(descriptor, 0)
            _ = write(header, at: 0)
            return
        }
        var status = stat()
        fstat(descriptor, &status)
        placeCount = max(0, Int(status.st_size) - Self.headerBytes) / buffer.count
        var name = [UInt8](repeating: 0, count: Self.identityBytes)
        for place in 0..<placeCount
        where name.withUnsafeMutableBytes({ Self.readAll(descriptor, $0, at: offset(of: place)) }) {
            places[String(decoding: name, as: UTF8.self)] = place
        }
    }

    private func write(_ bytes: [UInt8], at offset: Int) -> Bool {
        do {
            try bytes.withUnsafeBytes { try FileSystem.write($0, to: descriptor, at: offset) }
            return true
        } catch {
            failure = "\(error)"
            return false
        }
    }

    private static func readAll(_ descriptor: Int32, _ buffer: UnsafeMutableRawBufferPointer, at offset: Int) -> Bool {
        (try? FileSystem.read(into: buffer, from: descriptor, at: offset)) == buffer.count
    }

    /// Deletes files of other keys that no run is using, the oldest first, until `wanted` bytes fit into the budget
    /// besides those that stay.
    /// - Returns: the bytes of those that stay.
    private static func makeRoom(in directory: String, besides name: String, wanted: Int, budgetBytes: Int) -> Int {
        let names = FileSystem.names(in: directory) ?? []
        var others: [(path: String, status: stat)] = []
        for other in names where other.hasSuffix(".\(pathExtension)") && other != name {
            if let status = FileSystem.status(of: "\(directory)/\(other)", followsLinks: false),
                status.st_mode & S_IFMT == S_IFREG
            {
                others.append(("\(directory)/\(other)", status))
            }
        }
        others.sort { $0.status.st_mtim.tv_sec < $1.status.st_mtim.tv_sec }
        var kept = others.reduce(0) { $0 + Int($1.status.st_size) }
        for other in others where kept + wanted > budgetBytes {
            if delete(other.path) { kept -= Int(other.status.st_size) }
        }
        return kept
    }

    /// Deletes a file, unless a run is using it.
    private static func delete(_ path: String) -> Bool {
        let descriptor = path.withCPath { open($0, O_RDONLY | O_CLOEXEC | O_NOFOLLOW) }
        guard descriptor >= 0 else { return false }
        defer { close(descriptor) }
        // Meanwhile its owner may have gone and another run may have made a new one, which the lock is not on.
        return (try? FileLock.take(descriptor)) != nil && FileLock.isFile(descriptor, stillAt: path)
            && FileSystem.remove(path)
    }
}

import Files

/// PyTorch's files since its version 1.6: a zip archive with a pickle of the dictionary, and a file for each storage.
enum TorchZip {
    private static let pickleName = "/data.pkl"
    private static let longestPickle = 32 << 20

    /// The folder in the archive that has everything; nil for an archive that is not PyTorch's.
    static func folder(in archive: ZipArchive) -> String? {
        archive.entries.lazy.filter { $0.name.hasSuffix(pickleName) }
            .map { String($0.name.dropLast(pickleName.count)) }.first { !$0.contains("/") }
    }

    /// The tensors of a file, which stay in it.
    /// - Throws: `ArchiveError` where it is damaged, hostile, or holds more than tensors, numbers and texts in dictionaries.
    static func archive(_ archive: ZipArchive) throws -> MappedArchive {
        do {
            let file = try MappedFile(archive.path)
            return try Reader(archive: archive, file: file).contents()
        } catch let error as ZipError {
            throw ArchiveError(error)
        } catch let error as SystemError {
            throw ArchiveError(path: archive.path, reason: "cannot be read: \(error)")
        }
    }

    private struct Reader {
        let archive: ZipArchive
        let file: MappedFile

        func contents() throws -> MappedArchive {
            guard let folder = TorchZip.folder(in: archive), let entry = archive.entry(folder + pickleName) else {
                throw ArchiveError(path: file.path, reason: "holds no pickle of PyTorch's")
            }
            try checkByteOrder(in: folder)
            let contents: TorchContents
            do {
                contents = try TorchContents(try bytes(of: entry).withUnsafeBytes { try PickleMachine.read($0) })
            } catch let fault as PickleFault {
                throw ArchiveError(path: file.path, reason: fault.reason)
            }
            var places: [String: Range<Int>] = [:]
            return try contents.archive(in: file) { storage throws(ArchiveError) in
                if let place = places[storage.key] { return place }
                let place = try self.place(of: storage, in: folder)
                places[storage.key] = place
                return place
            }
        }

        private func checkByteOrder(in folder: String) throws {
            guard let entry = archive.entry(folder + "/byteorder") else { return }
            guard try bytes(of: entry, limit: 16).elementsEqual("little".utf8) else {
                throw ArchiveError(
                    path: file.path,
                    reason: "was written by a machine of another byte order: save it again on a usual one")
            }
        }

        private func place(of storage: TorchStorage, in folder: String) throws(ArchiveError) -> Range<Int> {
            guard let entry = archive.entry("\(folder)/data/\(storage.key)") else {
                throw ArchiveError(
                    path: file.path,
                    reason: "lacks the storage `\(storage.key)`: it is damaged; copy or download it again")
            }
            do {
                return try range(of: entry)
            } catch {
                throw ArchiveError(error)
            }
        }

        /// The file may have been replaced by a shorter one since its directory was read.
        private func range(of entry: ZipArchive.Entry) throws(ZipError) -> Range<Int> {
            try archive.storedRange(of: entry).clamped(to: 0..<file.bytes.count)
        }

        /// PyTorch can be told to leave out checksums.
        private func bytes(of entry: ZipArchive.Entry, limit: Int = longestPickle) throws -> [UInt8] {
            guard !entry.hasChecksum, entry.method == .stored, entry.byteCount <= limit else {
                return try archive.bytes(of: entry, limit: limit)
            }
            return Array(file.bytes[try range(of: entry)])
        }
    }
}

extension ArchiveError {
    /// What is wrong with a zip archive of tensors.
    init(_ error: ZipError) {
        self.init(path: error.path, reason: (error.entry.map { "the entry `\($0)` " } ?? "") + error.reason)
    }
}

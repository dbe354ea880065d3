import Glibc

/// A file or folder as the system knows it, whatever its path: device and inode.
struct FileIdentity: Hashable {
    let device: UInt
    let inode: UInt

    init(_ status: stat) {
        device = UInt(status.st_dev)
        inode = UInt(status.st_ino)
    }
}

/// What a folder holds, links resolved, in byte order of the names.
struct DirectoryListing {
    enum Kind: Equatable { case file, folder, special, brokenLink, unreadableName }

    struct Entry {
        let name: String
        let path: String
        let kind: Kind
        let isLink: Bool
        let identity: FileIdentity?
    }

    let entries: [Entry]

    /// - Throws: `DatasetError.unreadable` or `.notAFolder`.
    init(of path: String) throws {
        guard let directory = opendir(path) else {
            throw errno == ENOTDIR
                ? DatasetError.notAFolder(path: path) : DatasetError.unreadable(path: path, reason: systemError(errno))
        }
        defer { closedir(directory) }
        var found: [Entry] = []
        while true {
            errno = 0
            guard let record = readdir(directory) else {
                if errno != 0 { throw DatasetError.unreadable(path: path, reason: systemError(errno)) }
                break
            }
            let capacity = MemoryLayout.size(ofValue: record.pointee.d_name)
            let name: (text: String, isValid: Bool) = withUnsafePointer(to: &record.pointee.d_name) { pointer in
                pointer.withMemoryRebound(to: CChar.self, capacity: capacity) { characters in
                    if let text = String(validatingCString: characters) { return (text, true) }
                    return (String(cString: characters), false)
                }
            }
            if name.text == "." || name.text == ".." { continue }
            found.append(Self.entry(named: name.text, isValid: name.isValid, in: path))
        }
        entries = found.sorted { precedesBytewise($0.name, $1.name) }
    }

    private static func entry(named name: String, isValid: Bool, in folder: String) -> Entry {
        let path = folder.hasSuffix("/") ? folder + name : "\(folder)/\(name)"
        func entry(_ kind: Kind, isLink: Bool = false, status: stat? = nil) -> Entry {
            Entry(name: name, path: path, kind: kind, isLink: isLink, identity: status.map(FileIdentity.init))
        }
        guard isValid else { return entry(.unreadableName) }
        var status = stat()
        guard lstat(path, &status) == 0 else { return entry(.brokenLink) }
        let isLink = status.st_mode & S_IFMT == S_IFLNK
        if isLink, stat(path, &status) != 0 { return entry(.brokenLink, isLink: true) }
        switch status.st_mode & S_IFMT {
        case S_IFREG: return entry(.file, isLink: isLink, status: status)
        case S_IFDIR: return entry(.folder, isLink: isLink, status: status)
        default: return entry(.special, isLink: isLink, status: status)
        }
    }
}

/// What the system says about an error number.
func systemError(_ number: Int32) -> String { String(cString: strerror(number)) }

/// The folder at `path` and all the folders above it.
///
/// - Throws: `DatasetError.unreadable` where there is nothing at `path`.
func folderAndAncestors(of path: String) throws -> Set<FileIdentity> {
    var seen: Set<FileIdentity> = []
    var current = path
    while true {
        var status = stat()
        guard stat(current, &status) == 0 else {
            if seen.isEmpty { throw DatasetError.unreadable(path: path, reason: systemError(errno)) }
            return seen
        }
        // The root folder is its own parent.
        guard seen.insert(FileIdentity(status)).inserted else { return seen }
        current += "/.."
    }
}

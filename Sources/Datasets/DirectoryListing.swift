import Files
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
    enum Kind: Equatable { case file, folder, special, brokenLink }

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
        guard let names = FileSystem.names(in: path) else {
            throw errno == ENOTDIR
                ? DatasetError.notAFolder(path: path)
                : DatasetError.unreadable(path: path, reason: FileSystem.words(for: errno))
        }
        entries = try names.compactMap { try Self.entry(named: $0, in: path) }.sorted {
            $0.name.precedesBytewise($1.name)
        }
    }

    /// Nil for what has gone meanwhile.
    private static func entry(named name: String, in folder: String) throws -> Entry? {
        let path = folder.hasSuffix("/") ? folder + name : "\(folder)/\(name)"
        func entry(_ kind: Kind, isLink: Bool = false, status: stat? = nil) -> Entry {
            Entry(name: name, path: path, kind: kind, isLink: isLink, identity: status.map(FileIdentity.init))
        }
        guard let own = FileSystem.status(of: path, followsLinks: false) else {
            if errno == ENOENT { return nil }
            // A folder that may be listed but not entered.
            throw DatasetError.unreadable(path: folder, reason: FileSystem.words(for: errno))
        }
        let isLink = own.st_mode & S_IFMT == S_IFLNK
        guard let status = isLink ? FileSystem.status(of: path) : own else {
            return entry(.brokenLink, isLink: true)
        }
        switch status.st_mode & S_IFMT {
        case S_IFREG: return entry(.file, isLink: isLink, status: status)
        case S_IFDIR: return entry(.folder, isLink: isLink, status: status)
        default: return entry(.special, isLink: isLink, status: status)
        }
    }
}

/// The folder at `path` and all the folders above it.
///
/// - Throws: `DatasetError.unreadable` where there is nothing at `path`.
func folderAndAncestors(of path: String) throws -> Set<FileIdentity> {
    var seen: Set<FileIdentity> = []
    var current = path
    while true {
        guard let status = FileSystem.status(of: current) else {
            if seen.isEmpty { throw DatasetError.unreadable(path: path, reason: FileSystem.words(for: errno)) }
            return seen
        }
        // The root folder is its own parent.
        guard seen.insert(FileIdentity(status)).inserted else { return seen }
        current += "/.."
    }
}

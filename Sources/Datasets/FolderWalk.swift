import Files
import Images

/// Finds the images below a folder, and counts what it passes over.
///
/// Hidden names, folders that operating systems leave behind and files that are no pictures are passed over. A picture is
/// what is called like one or holds one: what turns out not to be readable is for others to find, so that nobody misses it.
/// Links are followed, but never to a folder that this walk is in or has been in.
struct FolderWalk {
    /// An image file: `name` is relative to the folder where naming began.
    struct Found {
        let name: String
        let path: String
    }

    private(set) var ignored = IgnoredFiles()
    /// Whether folders that cannot be read are noted rather than an error.
    var skipsUnreadableFolders = false
    /// The folders that could not be read.
    private(set) var unreadableFolders: [BadImage] = []

    private static let imageExtensions: Set<String> = [
        "jpg", "jpeg", "jpe", "jfif", "png", "webp", "gif", "bmp", "dib", "tif", "tiff", "heic", "heif", "avif", "jp2",
        "jxl", "ppm", "pgm", "pbm", "tga", "psd", "dng", "cr2", "cr3", "nef", "arw",
    ]
    private static let systemFolders: Set<String> = [
        "__macosx", "@eadir", "$recycle.bin", "system volume information", "lost+found", "__pycache__",
    ]
    private static let systemFiles: Set<String> = ["thumbs.db", "ehthumbs.db", "desktop.ini"]

    /// Whether the name is one that people did not put there.
    static func isHidden(_ name: String) -> Bool {
        name.utf8.first == UInt8(ascii: ".") || systemFiles.contains(name.lowercased())
    }

    static func isSystemFolder(_ name: String) -> Bool { systemFolders.contains(name.lowercased()) }

    static func isImage(_ name: String) -> Bool { imageExtensions.contains(pathExtension(name)) }

    /// The folders and image files of a listing that a scan looks at.
    static func visible(_ listing: DirectoryListing) -> (
        folders: [DirectoryListing.Entry], images: [DirectoryListing.Entry]
    ) {
        let entries = listing.entries.filter { !isHidden($0.name) }
        return (
            entries.filter { $0.kind == .folder && !isSystemFolder($0.name) },
            entries.filter { $0.kind == .file && isImage($0.name) }
        )
    }

    /// Notes why an entry is passed over; `nil` for a folder or image that counts.
    func reason(toPassOver entry: DirectoryListing.Entry) -> IgnoredFiles.Kind? {
        switch entry.kind {
        case _ where Self.isHidden(entry.name): return .hidden
        // A picture that is not there is one that cannot be read.
        case .brokenLink: return Self.isImage(entry.name) ? nil : .brokenLink
        case .special: return .specialFile
        case .folder: return Self.isSystemFolder(entry.name) ? .systemFolder : nil
        case .file:
            return Self.isImage(entry.name) || Self.holdsPicture(entry.path) ? nil : .notAnImage
        }
    }

    /// Whether a file begins as a picture of any format does.
    private static func holdsPicture(_ path: String) -> Bool {
        switch try? FileContent(ofFileAt: path) {
        case .picture, .foreignPicture: true
        case .other, nil: false
        }
    }

    mutating func ignore(_ kind: IgnoredFiles.Kind, _ name: String) { ignored.note(kind, name) }

    /// All images in the folder and below it, in byte order of their names.
    ///
    /// - Parameters:
    ///   - prefix: what the names of the images begin with: empty, or a path that ends in `/`.
    ///   - entered: folders that must not be entered again; the walked ones are added.
    /// - Throws: `DatasetError.unreadable` for a folder that may not be read.
    mutating func images(below folder: String, prefix: String, entered: inout Set<FileIdentity>) throws -> [Found] {
        var found: [Found] = []
        var pending = [(path: folder, prefix: prefix)]
        // Links wait until all real folders were walked, so that a link never hides the folder it leads to.
        var links: [(entry: DirectoryListing.Entry, name: String)] = []
        var areSorted = true
        while let next = pending.popLast() ?? nextLink(&links, areSorted: &areSorted, &entered) {
            for entry in try entries(of: next.path) {
                let name = next.prefix + entry.name
                if let kind = reason(toPassOver: entry) {
                    ignored.note(kind, name)
                } else if entry.kind != .folder {
                    found.append(Found(name: name, path: entry.path))
                } else if entry.isLink {
                    links.append((entry, name))
                    areSorted = false
                } else if let identity = entry.identity, entered.insert(identity).inserted {
                    pending.append((entry.path, name + "/"))
                } else {
                    ignored.note(.repeatedFolder, name)
                }
            }
        }
        return found.sorted { $0.name.precedesBytewise($1.name) }
    }

    /// - Throws: `DatasetError.unreadable`, unless such folders are skipped.
    private mutating func entries(of folder: String) throws -> [DirectoryListing.Entry] {
        do {
            return try DirectoryListing(of: folder).entries
        } catch DatasetError.unreadable(let path, let reason) where skipsUnreadableFolders {
            unreadableFolders.append(BadImage(path: path, reason: "the folder cannot be read: \(reason)"))
            return []
        }
    }

    /// The first waiting link that leads to a folder not entered yet.
    private mutating func nextLink(
        _ links: inout [(entry: DirectoryListing.Entry, name: String)], areSorted: inout Bool,
        _ entered: inout Set<FileIdentity>
    ) -> (path: String, prefix: String)? {
        if !areSorted { links.sort { $1.name.precedesBytewise($0.name) } }
        areSorted = true
        while let link = links.popLast() {
            if let identity = link.entry.identity, entered.insert(identity).inserted {
                return (link.entry.path, link.name + "/")
            }
            ignored.note(.repeatedFolder, link.name)
        }
        return nil
    }
}

/// What follows the last dot of a file name, in small letters; empty where there is no dot.
private func pathExtension(_ name: String) -> String {
    guard let dot = name.utf8.lastIndex(of: UInt8(ascii: ".")) else { return "" }
    return name[name.index(after: dot)...].lowercased()
}

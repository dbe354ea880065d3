/// Finds the images below a folder, and counts what it passes over.
///
/// Hidden names, folders that operating systems leave behind and files that are not JPEG or PNG by their extension are
/// passed over. Links are followed, but never to a folder that this walk is in or has been in.
struct FolderWalk {
    /// An image file: `name` is relative to the folder where naming began.
    struct Found {
        let name: String
        let path: String
    }

    private(set) var ignored = IgnoredFiles()

    static let imageExtensions: Set<String> = ["jpg", "jpeg", "jpe", "jfif", "png"]
    private static let unsupportedExtensions: Set<String> = [
        "webp", "gif", "bmp", "tif", "tiff", "heic", "heif", "avif", "jp2", "jxl", "ppm", "pgm", "pbm", "tga", "ico",
        "svg", "psd", "dng", "cr2", "nef", "arw",
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
        case .brokenLink: return .brokenLink
        case .special: return .specialFile
        case .folder: return Self.isSystemFolder(entry.name) ? .systemFolder : nil
        case .file:
            let pathExtension = pathExtension(entry.name)
            if Self.imageExtensions.contains(pathExtension) { return nil }
            return Self.unsupportedExtensions.contains(pathExtension) ? .unsupportedImage : .notAnImage
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
            for entry in try DirectoryListing(of: next.path).entries {
                let name = next.prefix + entry.name
                if let kind = reason(toPassOver: entry) {
                    ignored.note(kind, name)
                } else if entry.kind == .file {
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

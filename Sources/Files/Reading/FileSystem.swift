import Glibc

/// The file system, asked about paths of any bytes (see `String.init(fileName:)`). What cannot be done leaves the reason
/// in `errno`.
package enum FileSystem {
    /// Whether a file, folder or anything else is at the path, links followed.
    package static func exists(_ path: String) -> Bool { status(of: path) != nil }

    /// Whether a folder is at the path, links followed.
    package static func isFolder(_ path: String) -> Bool {
        status(of: path).map { $0.st_mode & S_IFMT == S_IFDIR } ?? false
    }

    /// What the system knows of a file; nil where it knows nothing.
    /// - Parameter followsLinks: whether a link stands for what it leads to.
    package static func status(of path: String, followsLinks: Bool = true) -> stat? {
        var status = stat()
        let result = path.withCPath { followsLinks ? stat($0, &status) : lstat($0, &status) }
        return result == 0 ? status : nil
    }

    /// The path from the root, links followed; nil where there is nothing.
    package static func absolutePath(of path: String) -> String? {
        guard let resolved = path.withCPath({ realpath($0, nil) }) else { return nil }
        defer { free(resolved) }
        return String(cPath: resolved)
    }

    /// The folder that a file lies in, as far as its path tells: `.` for a name alone; that of the root is the root.
    package static func folder(of path: String) -> String {
        let scalars = Array(path.unicodeScalars)
        let end = scalars.lastIndex { $0 != "/" } ?? 0
        guard let slash = scalars[..<end].lastIndex(of: "/") else { return path.hasPrefix("/") ? "/" : "." }
        guard let last = scalars[...slash].lastIndex(where: { $0 != "/" }) else { return "/" }
        return String(String.UnicodeScalarView(scalars[...last]))
    }

    /// What follows the last slash of a path.
    package static func name(of path: String) -> String {
        path.unicodeScalars.split(separator: "/").last.map(String.init) ?? ""
    }

    /// The names of what a folder holds, but for `.` and `..`, in the order of the system.
    /// - Returns: nil where it cannot be read.
    package static func names(in folder: String) -> [String]? {
        guard let directory = folder.withCPath(opendir) else { return nil }
        var names: [String] = []
        errno = 0
        while let record = readdir(directory) {
            let capacity = MemoryLayout.size(ofValue: record.pointee.d_name)
            let name = withUnsafePointer(to: &record.pointee.d_name) { field in
                field.withMemoryRebound(to: CChar.self, capacity: capacity, String.init(cPath:))
            }
            if name != "." && name != ".." { names.append(name) }
            errno = 0
        }
        let code = errno
        closedir(directory)
        errno = code
        return code == 0 ? names : nil
    }

    /// All bytes of a regular file.
    /// - Returns: nil where it cannot be read or is something else.
    package static func bytes(of path: String) -> [UInt8]? {
        do {
            let file = try RegularFile(path)
            return try file.bytes(file.byteCount)
        } catch {
            errno = error.code
            return nil
        }
    }

    /// Hands out the bytes of a regular file without taking memory for them; nil where it cannot be read.
    package static func withMappedBytes<Result>(
        of path: String, _ body: (UnsafeRawBufferPointer?) throws -> Result
    ) rethrows -> Result {
        let file: RegularFile
        do {
            file = try RegularFile(path)
        } catch {
            errno = error.code
            return try body(nil)
        }
        let size = file.byteCount
        if size == 0 { return try body(UnsafeRawBufferPointer(start: nil, count: 0)) }
        guard let start = mmap(nil, size, PROT_READ, MAP_PRIVATE, file.descriptor, 0), start != MAP_FAILED else {
            return try body(nil)
        }
        defer { munmap(start, size) }
        return try body(UnsafeRawBufferPointer(start: start, count: size))
    }

    /// Makes a folder in an existing one.
    /// - Returns: whether it is made; false with `EEXIST` where something is there already.
    package static func makeFolder(_ path: String) -> Bool { path.withCPath { mkdir($0, 0o777) } == 0 }

    /// Gives a file or folder another name, under which nothing else is left.
    /// - Returns: whether it has it.
    @discardableResult
    package static func rename(_ path: String, to other: String) -> Bool {
        path.withCPath { old in other.withCPath { new in Glibc.rename(old, new) } } == 0
    }

    /// Removes a file.
    /// - Returns: whether it is gone.
    @discardableResult
    package static func remove(_ path: String) -> Bool { path.withCPath(unlink) == 0 }

    /// Removes a file, or a folder with all that is in it, as far as possible; links are not followed.
    package static func removeAll(at path: String) {
        guard let status = status(of: path, followsLinks: false) else { return }
        guard status.st_mode & S_IFMT == S_IFDIR else {
            remove(path)
            return
        }
        for name in names(in: path) ?? [] { removeAll(at: "\(path)/\(name)") }
        _ = path.withCPath(rmdir)
    }

    /// What the system says about an error number.
    package static func words(for code: Int32) -> String { String(cString: strerror(code)) }
}

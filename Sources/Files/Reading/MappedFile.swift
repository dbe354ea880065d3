import CMapping
import Glibc

/// A regular file whose bytes are memory: they are read where they are looked at, and stay with the system.
///
/// Several threads may read at once. Where somebody cuts the file off meanwhile, zeros are read in place of what is gone, and
/// `isCut` tells.
package final class MappedFile: Sendable {
    package let path: String
    /// The whole file, as large as it was when it was opened; valid as long as this object lives.
    package nonisolated(unsafe) let bytes: UnsafeRawBufferPointer
    /// Nil for an empty file.
    private nonisolated(unsafe) let mapping: OpaquePointer?

    /// - Throws: `SystemError`; `EISDIR` for a folder, `EINVAL` for what is no regular file either, `EMFILE` where more
    ///   than a thousand files are open in this way.
    package init(_ path: String) throws(SystemError) {
        self.path = path
        let file = try RegularFile(path)
        guard file.byteCount > 0 else {
            (mapping, bytes) = (nil, UnsafeRawBufferPointer(start: nil, count: 0))
            return
        }
        guard let mapping = cmapping_create(file.descriptor, file.byteCount) else { throw SystemError() }
        self.mapping = mapping
        bytes = UnsafeRawBufferPointer(start: cmapping_bytes(mapping), count: file.byteCount)
    }

    deinit {
        if let mapping { cmapping_destroy(mapping) }
    }

    /// Gives back the memory of bytes that are not needed again soon. They may be read all the same.
    package func release(_ range: Range<Int>) {
        let page = Int(getpagesize())
        let (start, end) = ((range.lowerBound + page - 1) / page * page, range.upperBound / page * page)
        guard let base = bytes.baseAddress, start < end else { return }
        madvise(UnsafeMutableRawPointer(mutating: base + start), end - start, MADV_DONTNEED)
    }

    /// Whether the file has become shorter, so that some of what was read were zeros.
    package var isCut: Bool { mapping.map { cmapping_is_cut($0) } ?? false }
}

import Glibc

/// Memory that begins as zeros, aligned for every vector instruction set.
///
/// Large blocks are the system's fresh pages: they are zero already, and none of them takes up memory before it is touched.
package enum ZeroedMemory {
    private static let alignment = 64
    private static let mappedFrom = 256 << 10

    /// - Parameter isTouchedWhole: whether all of it will be used, so that the system may give it in large pieces, which takes
    ///   a fraction of the time.
    /// - Returns: nil where there is not so much memory.
    package static func allocate(byteCount: Int, isTouchedWhole: Bool = false) -> UnsafeMutableRawPointer? {
        if byteCount >= mappedFrom {
            let pages = mmap(nil, byteCount, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0)
            guard let pages, pages != MAP_FAILED else { return nil }
            if isTouchedWhole { madvise(pages, byteCount, MADV_HUGEPAGE) }
            return pages
        }
        let memory = UnsafeMutableRawPointer.allocate(byteCount: max(byteCount, alignment), alignment: alignment)
        memory.initializeMemory(as: UInt8.self, repeating: 0, count: max(byteCount, alignment))
        return memory
    }

    /// - Parameter byteCount: as it was allocated.
    package static func deallocate(_ memory: UnsafeMutableRawPointer, byteCount: Int) {
        if byteCount >= mappedFrom { munmap(memory, byteCount) } else { memory.deallocate() }
    }
}

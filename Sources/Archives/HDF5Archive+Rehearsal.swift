import Foundation

extension HDF5Archive {
    /// Reads the file in a process of its own first. HDF5 trusts what it reads: a few wrong bytes crash it, or keep it busy
    /// for ever (seen in 1.10.8), and nothing but the loss of a process saves the caller from that.
    /// - Throws: `ArchiveError` where that process dies. Errors of the ordinary kind come again when the caller reads.
    static func rehearse(path: String, limits: Limits) throws {
        let signal = HDF5Library.inExpendableProcess(seconds: limits.seconds) {
            readAllButNumbers(path: path, limits: limits)
        }
        guard signal == 0 else {
            throw ArchiveError(
                path: path,
                reason: signal == SIGALRM
                    ? "is a damaged HDF5 file: reading it takes for ever; copy or download it again"
                    : "is a damaged HDF5 file: it crashes the HDF5 library; copy or download it again")
        }
    }

    /// Numbers that lie in one piece are copied without being interpreted; only packed ones need a rehearsal.
    private static func readAllButNumbers(path: String, limits: Limits) {
        guard let archive = try? HDF5Archive(path: path, limits: limits, isRehearsed: true) else { return }
        for object in [""] + archive.groups {
            for name in (try? archive.attributeNames(of: object)) ?? [] {
                _ = try? archive.attribute(name, of: object)
            }
        }
        for name in archive.tree.packed { _ = try? archive.tensor(name) }
    }
}

import Archives
import CHDF5
import Networks
import TestSupport

/// A state dict of zeros under PyTorch's keys, with room for its numbers reserved and never written, so that one of half a
/// gigabyte takes none.
struct ReservedStateDict {
    var shapes: [String: [Int]]

    init(of network: Network) {
        shapes = Dictionary(
            uniqueKeysWithValues: network.parameters.map {
                (StateDict.key(of: $0, in: network), Self.storedShape($0.shape))
            })
    }

    private static func storedShape(_ shape: [Int]) -> [Int] {
        shape.count == 4 ? [shape[0], shape[3], shape[1], shape[2]] : shape
    }

    func write(to path: String) throws {
        let file = H5Fcreate(path, chdf5_truncate(), chdf5_default(), chdf5_default())
        let creation = chdf5_dataset_creation(1)
        defer {
            H5Pclose(creation)
            H5Fclose(file)
        }
        for (key, shape) in shapes {
            let space = H5Screate_simple(Int32(shape.count), shape.map { hsize_t($0) }, nil)
            let dataset = H5Dcreate2(file, key, chdf5_float32_le(), space, chdf5_default(), creation, chdf5_default())
            H5Sclose(space)
            guard dataset >= 0 else { throw ArchiveError(path: path, reason: "`\(key)` cannot be made") }
            H5Dclose(dataset)
        }
    }
}

import CHDF5

/// An open HDF5 object, closed with its last owner.
final class Handle {
    let id: hid_t
    private let close: (hid_t) -> herr_t

    /// Takes over `id`; nil where it is the negative number of a failed call.
    init?(_ id: hid_t, closedBy close: @escaping (hid_t) -> herr_t) {
        guard id >= 0 else { return nil }
        self.id = id
        self.close = close
    }

    deinit { _ = close(id) }

    /// HDF5's words for the last failure on this thread.
    static func lastError() -> String {
        var text = [CChar](repeating: 0, count: 512)
        chdf5_error_message(&text, text.count)
        let message = String(decoding: text.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self)
        return message.isEmpty ? "HDF5 gives no reason" : message
    }
}

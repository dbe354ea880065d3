import CZlib

/// Inflates one stream of deflate: RFC 1951.
final class Inflater {
    enum Fault: Error, Equatable {
        case outOfMemory
        /// With zlib's words.
        case damaged(String)
    }

    private let stream: OpaquePointer
    /// Whether the stream has come to its end.
    private(set) var hasEnded = false

    /// - Throws: `Fault.outOfMemory`.
    init() throws(Fault) {
        guard let stream = czlib_inflater_create() else { throw .outOfMemory }
        self.stream = stream
    }

    deinit { czlib_inflater_destroy(stream) }

    /// Goes on as far as the input leads and the room allows.
    /// - Returns: how many bytes of the input were taken, and how many made.
    func inflate(
        _ input: UnsafeRawBufferPointer, into room: UnsafeMutableRawBufferPointer
    ) throws(Fault) -> (taken: Int, made: Int) {
        var (taken, made) = (input.count, room.count)
        let status = czlib_inflate(
            stream, input.baseAddress?.assumingMemoryBound(to: UInt8.self), &taken,
            room.baseAddress?.assumingMemoryBound(to: UInt8.self), &made)
        switch status {
        case CZlibStatusGoesOn: break
        case CZlibStatusEnded: hasEnded = true
        case CZlibStatusOutOfMemory: throw .outOfMemory
        default: throw .damaged(String(cString: czlib_inflater_message(stream)))
        }
        return (taken, made)
    }
}

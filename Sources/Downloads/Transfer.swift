import CCurl
import Files
import Glibc

/// What takes the answer to a request.
protocol ResponseReceiver: AnyObject {
    /// The head is here.
    /// - Returns: whether the body is wanted.
    func begin(_ head: ResponseHead) throws -> Bool
    func take(_ bytes: UnsafeRawBufferPointer) throws
}

/// One request to a server, without what it may lead to.
struct Transfer {
    let url: WebAddress
    /// Lines such as `Range: bytes=5-`.
    let headers: [String]
    let settings: FetchSettings

    /// How a request ended that nothing here ended.
    enum End: Equatable {
        case whole
        /// The body was not wanted.
        case unwanted
        case failed(TransferFailure)
    }

    /// Makes the request and hands on what comes.
    /// - Throws: what the receiver throws; `CancellationError`.
    func perform(_ receiver: any ResponseReceiver) throws -> End {
        let reception = Reception(receiver)
        let texts = CTexts()
        let lines = headers.map { texts.copy($0) } + [nil]
        var words = [CChar](repeating: 0, count: 256)
        let end = lines.withUnsafeBufferPointer { lines in
            var request = CCurlRequest(
                url: texts.copy(url.description), headers: lines.baseAddress,
                certificateFile: texts.copy(settings.certificateFile),
                certificateFolder: texts.copy(settings.certificateFolder), connectSeconds: settings.connectSeconds,
                stallSeconds: settings.stallSeconds, context: Unmanaged.passUnretained(reception).toOpaque(),
                takeHeader: { Reception.at($0).takeHeader(UnsafeRawBufferPointer(start: $1, count: $2)) },
                takeBody: { Reception.at($0).takeBody(UnsafeRawBufferPointer(start: $1, count: $2)) },
                goesOn: { Reception.at($0).goesOn() })
            return withExtendedLifetime((reception, texts)) { ccurl_perform(&request, &words) }
        }
        if let error = reception.error { throw error }
        if end == CCurlEndWhole { return .whole }
        if end == CCurlEndStopped { return .unwanted }
        let text = String(decoding: words.prefix { $0 != 0 }.map(UInt8.init(bitPattern:)), as: UTF8.self)
        return .failed(TransferFailure(kind: kind(of: end, hasBegun: reception.hasBegun), words: text))
    }

    private func kind(of end: CCurlEnd, hasBegun: Bool) -> TransferFailure.Kind {
        switch end {
        case CCurlEndCut: .cut
        case CCurlEndTimeout: hasBegun ? .stalled : .silent
        case CCurlEndUnknownHost: .unknownHost
        case CCurlEndUnknownProxy: .unknownProxy
        case CCurlEndNoConnection: .noConnection
        case CCurlEndUntrusted: .untrusted
        case CCurlEndNoCertificates: .noCertificates
        default: .other
        }
    }
}

/// Why a request did not end well.
package struct TransferFailure: Error, Equatable {
    package enum Kind: Sendable {
        case cut, silent, stalled, unknownHost, unknownProxy, noConnection, untrusted, noCertificates
        /// The server asks to come later.
        case unavailable
        case other

        /// Whether the same may go well a moment later.
        var mayPass: Bool { [.cut, .silent, .stalled, .noConnection, .unavailable].contains(self) }
    }

    package let kind: Kind
    /// What libcurl says of it.
    package let words: String
}

/// Hands what libcurl calls with to a receiver, and keeps what that throws: no error may pass through C.
private final class Reception {
    private let receiver: any ResponseReceiver
    private var head = ResponseHead()
    private(set) var hasBegun = false
    private(set) var error: (any Error)?

    init(_ receiver: any ResponseReceiver) { self.receiver = receiver }

    static func at(_ context: UnsafeMutableRawPointer?) -> Reception {
        guard let context else { preconditionFailure("a transfer has lost its receiver") }
        return Unmanaged.fromOpaque(context).takeUnretainedValue()
    }

    func takeHeader(_ line: UnsafeRawBufferPointer) -> Bool {
        attempt {
            guard head.take(line) else {
                throw TransferFailure(kind: .other, words: "its answer begins with too many lines")
            }
            // Answers below 200 are followed by the real one; lines behind the body do not matter.
            guard line.count <= 2, head.status >= 200, !hasBegun else { return true }
            hasBegun = true
            return try receiver.begin(head)
        }
    }

    func takeBody(_ bytes: UnsafeRawBufferPointer) -> Bool {
        attempt {
            try receiver.take(bytes)
            return true
        }
    }

    func goesOn() -> Bool {
        attempt {
            try Cancellation.check()
            return true
        }
    }

    private func attempt(_ body: () throws -> Bool) -> Bool {
        do {
            return try body()
        } catch {
            self.error = error
            return false
        }
    }
}

/// Texts as C takes them, for as long as this object lives.
private final class CTexts {
    private var copies: [UnsafeMutablePointer<CChar>] = []

    func copy(_ text: String?) -> UnsafePointer<CChar>? {
        guard let text, let copy = text.withCPath(strdup) else { return nil }
        copies.append(copy)
        return UnsafePointer(copy)
    }

    deinit {
        for copy in copies { free(copy) }
    }
}

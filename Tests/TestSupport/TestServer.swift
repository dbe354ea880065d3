import Foundation

/// `Scripts/test-server.py`, running as long as this object lives.
public final class TestServer: Sendable {
    private let process: Process
    private let input = Pipe()
    public let url: String

    /// - Parameters:
    ///   - root: what it serves as Hugging Face does.
    ///   - certificate: with which it speaks TLS.
    public init(root: String? = nil, certificate: String? = nil) throws {
        let process = Process()
        process.executableURL = URL(fileURLWithPath: "/usr/bin/env")
        process.arguments =
            ["python3", "\(packageRoot)/Scripts/test-server.py"] + (root.map { ["--root", $0] } ?? [])
            + (certificate.map { ["--certificate", $0] } ?? [])
        let output = Pipe()
        (process.standardInput, process.standardOutput) = (input, output)
        try process.run()
        self.process = process
        let line = String(decoding: output.fileHandleForReading.availableData, as: UTF8.self)
        url = "\(certificate == nil ? "http" : "https")://localhost:\(line.prefix { $0.isNumber })"
    }

    deinit { try? input.fileHandleForWriting.close() }

    public struct Request: Decodable {
        public let path: String
        public let range: String?
        public let condition: String?
        public let authorization: String?

        enum CodingKeys: String, CodingKey {
            case path
            case range = "Range"
            case condition = "If-Range"
            case authorization = "Authorization"
        }
    }

    /// What it was asked for.
    public func requests() throws -> [Request] {
        let curl = Process()
        curl.executableURL = URL(fileURLWithPath: "/usr/bin/env")
        curl.arguments = ["python3", "-c", Self.reader, "\(url)/requests"]
        let output = Pipe()
        curl.standardOutput = output
        try curl.run()
        return try JSONDecoder().decode([Request].self, from: output.fileHandleForReading.readDataToEndOfFile())
    }

    private static let reader = "import sys, urllib.request as r; print(r.urlopen(sys.argv[1]).read().decode())"

    /// The bytes that it sends.
    public static func pattern(_ count: Int) -> [UInt8] {
        let block: [UInt8] = (0..<997).map { UInt8(($0 * $0 * 7 + 3) % 251) }
        return (0..<count).map { block[$0 % 997] }
    }
}

import Foundation
import TestSupport

/// Certificates for `localhost`, and the authority that signs them, made with the `openssl` program.
enum Certificates {
    /// Writes `authority.pem`, and `good.pem` and `expired.pem` with their keys.
    static func make(in folder: TemporaryDirectory) throws {
        let process = Process()
        process.executableURL = URL(fileURLWithPath: "/bin/sh")
        process.arguments = ["-c", script]
        process.currentDirectoryURL = URL(fileURLWithPath: folder.path)
        (process.standardOutput, process.standardError) = (FileHandle.nullDevice, FileHandle.nullDevice)
        try process.run()
        process.waitUntilExit()
        guard process.terminationStatus == 0 else { throw CocoaError(.fileNoSuchFile) }
    }

    private static let script = """
        set -e
        new="-newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes"
        openssl req -x509 $new -keyout authority.key -out authority.pem -subj "/CN=Authority of a test" -days 2
        openssl req $new -keyout key.pem -out request.pem -subj /CN=localhost
        echo subjectAltName=DNS:localhost >names
        sign() {
            openssl x509 -req -in request.pem -CA authority.pem -CAkey authority.key -CAcreateserial -extfile names \\
                -days "$2" -out certificate.pem
            cat certificate.pem key.pem >"$1"
        }
        sign good.pem 2
        sign expired.pem -1
        """
}

import Files

/// Why a model cannot be exported as somebody wants it.
package struct ExportError: UserFacingError, Equatable {
    package let description: String
    package var kind: ErrorKind { .usage }

    init(_ description: String) { self.description = description }
}

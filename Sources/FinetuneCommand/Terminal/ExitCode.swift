import Files

extension ErrorKind {
    /// What the program ends with.
    var exitCode: Int32 {
        switch self {
        case .failure: 1
        case .usage: 2
        case .data: 3
        }
    }
}

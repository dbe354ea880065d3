/// Why a pickle is not read, without the file's name.
struct PickleFault: Error, Equatable {
    /// What is wrong, where, and what mends it.
    let reason: String

    init(_ reason: String) { self.reason = reason }

    /// For a pickle that breaks its own rules at a byte.
    static func damaged(_ problem: String, at position: Int) -> PickleFault {
        PickleFault("is damaged at byte \(position) of its pickle: \(problem); copy or download it again")
    }

    /// What to do about a file that holds more than tensors.
    static let remedy = "save the weights alone, with torch.save(model.state_dict(), \"….pth\")"
}

import Recipes
import Tensors

/// Some images could not be read; which and why has been said, and the others are done.
struct SomeUnreadable: UserFacingError {
    let bad: Int
    let of: Int

    var exitCode: Int32 { 3 }
    var description: String {
        bad == of ? "none of the images can be read" : "\(bad) of \(Words.counted(of, "image")) cannot be read"
    }
}

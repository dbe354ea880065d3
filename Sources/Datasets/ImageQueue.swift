import Foundation
import Images

/// Images on their way from the threads that decode them to the one that asks for them in order.
///
/// Positions are claimed in ascending order and at most `capacity` ahead of the last one taken, so the position that is
/// asked for next has always been claimed, and nobody waits for ever.
final class ImageQueue: @unchecked Sendable {
    typealias Outcome = Result<Image, UnreadableImage>

    // Everything below is touched only between `lock` and `unlock` of the condition.
    private let condition = NSCondition()
    private var slots: [Outcome?]
    private var nextClaimed = 0
    private var nextTaken = 0
    private let end: Int
    private var isCancelled = false

    /// - Parameter count: of all images; their positions count from 0.
    init(count: Int, capacity: Int) {
        slots = Array(repeating: nil, count: max(1, min(capacity, count)))
        end = count
    }

    /// The next position to decode, once there is room for it; `nil` when there is nothing left to do.
    func claim() -> Int? {
        condition.lock()
        defer { condition.unlock() }
        while !isCancelled && nextClaimed < end && nextClaimed >= nextTaken + slots.count { condition.wait() }
        if isCancelled || nextClaimed >= end { return nil }
        defer { nextClaimed += 1 }
        return nextClaimed
    }

    /// Puts in what a claimed position came to.
    func deliver(_ outcome: Outcome, at position: Int) {
        condition.lock()
        defer { condition.unlock() }
        if isCancelled { return }
        slots[position % slots.count] = outcome
        if position == nextTaken { condition.broadcast() }
    }

    /// What the next position came to, once it is there; `nil` at the end and after `cancel`.
    func take() -> Outcome? {
        condition.lock()
        defer { condition.unlock() }
        while true {
            if isCancelled || nextTaken >= end { return nil }
            let slot = nextTaken % slots.count
            if let outcome = slots[slot] {
                slots[slot] = nil
                nextTaken += 1
                condition.broadcast()
                return outcome
            }
            condition.wait()
        }
    }

    /// Drops what is there and sends everybody home.
    func cancel() {
        condition.lock()
        defer { condition.unlock() }
        isCancelled = true
        slots = []
        condition.broadcast()
    }
}

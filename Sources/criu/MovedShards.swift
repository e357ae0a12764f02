internal import Linux
internal import Sinks

/// The descriptors of `--shard-fds`, out of the way: standard ones are /dev/null from then on.
struct MovedShards {
  private let moved: [(number: CInt, raw: CInt)]

  init(_ numbers: [CInt]) throws(Failure) {
    var moved: [(number: CInt, raw: CInt)] = []
    for number in numbers {
      moved.append((number, try BorrowedFD(number).duplicate(from: 10, "shard at descriptor \(number)")))
      if number > 2 { BorrowedFD(number).close() } else { try replaceByNull(number) }
    }
    self.moved = moved
  }

  var isEmpty: Bool { moved.isEmpty }

  /// The shards, which the caller then owns. Once.
  func taken() throws(Failure) -> [Shard] {
    var shards: [Shard] = []
    for (index, shard) in moved.enumerated() {
      shards.append(try Shard(adopting: OwnedFD(adopting: shard.raw), number: shard.number, position: index + 1))
    }
    return shards
  }
}

internal import Linux
internal import Sinks

/// The descriptors of `--shard-fds`, out of the way.
struct MovedShards {
  private let moved: [(number: CInt, raw: CInt)]

  init(_ numbers: [CInt], for purpose: DescriptorPurpose) throws(Failure) {
    var moved: [(number: CInt, raw: CInt)] = []
    for (index, number) in numbers.enumerated() {
      moved.append((number, try takeDescriptor(number, as: "shard \(index + 1)", for: purpose).release()))
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

internal import Images
internal import Linux
internal import Streams

/// Where a restore works: addresses that neither the engine nor any task of the tree uses.
///
///     hole:  | margin | bootstrap area | arena ... | room | vdso | room |
struct AddressPlan: Hashable {
  /// What a task still has when all else of the engine is unmapped.
  let bootstrap: Range<UInt64>
  /// Where mappings wait, filled, until they are moved to their places.
  let arena: Range<UInt64>
  /// Where the kernel's vdso can stay beside a task's; `nil`: there is no room.
  let parking: UInt64?
  /// What tasks map where nothing of the engine is: it need not wait elsewhere. Ascending, none touches another.
  let standing: [Range<UInt64>]

  /// End of what a task may map, where addresses have 47 bits.
  static let addressLimit: UInt64 = (1 << 47) - 4096

  /// Room for what grows: the engine's heap and mappings beside the hole.
  private static let margin: UInt64 = 1 << 30

  /// Takes the largest hole.
  ///
  /// - Parameters:
  ///   - tasks: The records of all mappings of each task.
  ///   - own: The engine's mappings.
  ///   - lowest: The lowest address that may be mapped.
  ///   - arenaByteCount: Of address space; it is not memory. Less is taken where the hole is smaller: then a restore
  ///     fails only if the room is really needed.
  /// - Throws: `ENOMEM` there is no hole for the bootstrap area.
  static func choose(
    tasks: [[VmaEntry]], own: [MapsEntry], lowest: UInt64, bootstrapByteCount: Int, arenaByteCount: UInt64,
    parkingByteCount: UInt64 = 0
  ) throws(Failure) -> AddressPlan {
    let targets = union(of: tasks.flatMap { $0.map { $0.start..<max($0.start, $0.end) } })
    let hole = largestHole(between: targets + own.map(\.range), lowest: lowest)
    let margin = min(AddressPlan.margin, UInt64(hole.count) / 16) & ~(hugePage - 1)
    let start = (hole.lowerBound + margin + hugePage - 1) & ~(hugePage - 1)
    let end = hole.upperBound - min(margin, hole.upperBound)
    let arenaStart = (start + UInt64(bootstrapByteCount) + hugePage - 1) & ~(hugePage - 1)
    guard arenaStart < end else {
      throw Failure(
        "find addresses that no task uses", "the largest hole has \(hole.count) bytes", .noMemory,
        remedy: "The tasks fill the address space: restore them with a version of criu that needs less.")
    }
    let room = (end - arenaStart) & ~(hugePage - 1)
    let wanted = (min(arenaByteCount, room) + hugePage - 1) & ~(hugePage - 1)
    let arenaEnd = arenaStart + min(wanted, room)
    let left = hole.upperBound - arenaEnd
    return AddressPlan(
      bootstrap: start..<(start + UInt64(bootstrapByteCount)), arena: arenaStart..<arenaEnd,
      // In the middle: neither a heap nor a stack nor new mappings grow into it soon.
      parking: left < 2 * parkingByteCount ? nil : (arenaEnd + (left - parkingByteCount) / 2) & ~4095,
      standing: standing(targets, beside: own))
  }

  /// Above this, to keep the engine out of them would cost more than moves.
  private static let mostStanding = 128

  private static func standing(_ targets: [Range<UInt64>], beside own: [MapsEntry]) -> [Range<UInt64>] {
    guard targets.count <= mostStanding else { return [] }
    let taken = own.map { entry in
      // A stack grows down, and keeps its distance to what it meets.
      (entry.name == .stack ? entry.start - min(entry.start, margin) : entry.start)..<entry.end
    }
    return targets.filter { target in
      target.lowerBound >= 1 << 16 && target.upperBound <= addressLimit && !taken.contains { $0.overlaps(target) }
    }
  }

  private static func union(of ranges: [Range<UInt64>]) -> [Range<UInt64>] {
    var union: [Range<UInt64>] = []
    for range in Set(ranges).sorted(by: { $0.lowerBound < $1.lowerBound }) where !range.isEmpty {
      AddressRanges.append(range, to: &union)
    }
    return union
  }

  private static let hugePage: UInt64 = 2 << 20

  private static func largestHole(between ranges: [Range<UInt64>], lowest: UInt64) -> Range<UInt64> {
    var best: Range<UInt64> = 0..<0
    var end = (lowest + 4095) & ~4095
    for range in ranges.sorted(by: { $0.lowerBound < $1.lowerBound }) {
      let limit = min(range.lowerBound, addressLimit)
      if limit > end, limit - end > best.count { best = end..<limit }
      end = max(end, range.upperBound)
    }
    if addressLimit > end, addressLimit - end > best.count { best = end..<addressLimit }
    return best
  }
}

import Glibc
import Linux
import Testing

/// The order in which the images of a tree come to a sink.
@Suite(.serialized, .enabled(if: geteuid() == 0, "needs root"))
struct DumpOrderTests {
  private enum Sort: Int, Comparable {
    case record, blob, pages

    init(_ name: Substring) {
      if name.hasPrefix("pages-") || name.hasPrefix("pagemap-") {
        self = .pages
      } else {
        self = ["ghost-file-", "pipes-data", "fifo-data", "sk-queues"].contains(where: name.hasPrefix) ? .blob : .record
      }
    }

    static func < (left: Sort, right: Sort) -> Bool { left.rawValue < right.rawValue }
  }

  /// With few files open, parasites cannot stay in all tasks until their pages' turn comes.
  @Test(.timeLimit(.minutes(1)), arguments: [1024, 64])
  func anOrderedSinkGetsRecordsThenBlobsThenPagesOneByOne(_ openFiles: Int) throws {
    let victim = try FreezeVictim("sfm,snfy,f,")
    let before = try victim.outside()
    let (status, text) = try probe("order", "\(victim.pid)", "ordered", "\(openFiles)").finish()
    try #require(status == 0, "\(text)")
    let lines = text.split(separator: "\n").map { $0.split(separator: " ") }
    #expect(lines.last == ["commit"])
    let names = lines.filter { $0[0] == "first" }.map { $0[1] }

    #expect(names.first == "inventory.img", "\(names)")
    let sorts = names.map { Sort($0) }
    #expect(sorts == sorts.sorted(), "\(names)")
    #expect(sorts.contains(.blob), "the victim's file is removed, and so a blob: \(names)")

    // Every image is whole before the next one begins.
    for (first, last) in zip(lines.filter { $0[0] == "first" }, lines.filter { $0[0] == "last" }) {
      #expect(first[1] == last[1])
    }

    // Each list before its pages, shared memory before tasks, parents before children.
    let pages = names.filter { Sort($0) == .pages }
    #expect(stride(from: 0, to: pages.count, by: 2).allSatisfy { pages[$0].hasPrefix("pagemap-") }, "\(pages)")
    #expect(stride(from: 1, to: pages.count, by: 2).allSatisfy { pages[$0].hasPrefix("pages-") }, "\(pages)")
    let owners = pages.filter { $0.hasPrefix("pagemap-") }
    let sharedCount = owners.prefix { $0.hasPrefix("pagemap-shmem-") }.count
    #expect(sharedCount == 1)
    var tasks: [Int32] = []
    for thread in victim.threads where !tasks.contains(Int32(thread.pid)) { tasks.append(Int32(thread.pid)) }
    #expect(owners[sharedCount...].map { String($0) } == tasks.map { "pagemap-\($0).img" })

    #expect(try victim.outside() == before)
    #expect(victim.goesOn() && victim.errors.isEmpty && victim.interruptions.isEmpty, "\(victim.threads)")
  }

  @Test(.timeLimit(.minutes(1)))
  func aDirectoryGetsTheInventoryLast() throws {
    let victim = try FreezeVictim("sf,s")
    let (status, text) = try probe("order", "\(victim.pid)", "unordered", "1024").finish()
    #expect(status == 0 && text.hasSuffix("last inventory.img\ncommit\n"), "\(text)")
  }

  @Test(.timeLimit(.minutes(2)), arguments: ["ordered", "unordered"])
  func twoHundredProcessesAreDumpedWithAThousandFilesOpen(_ sort: String) throws {
    let victim = try FreezeVictim([String](repeating: "n", count: 200).joined(separator: ","))
    let before = try victim.outside()
    let (status, text) = try probe("order", "\(victim.pid)", sort, "1024").finish()
    #expect(status == 0, "\(text.suffix(2000))")
    #expect(text.split(separator: "\n").count { $0.hasPrefix("last core-") } == 200)
    #expect(try victim.outside() == before)
    #expect(victim.goesOn() && victim.errors.isEmpty && victim.interruptions.isEmpty)
  }
}

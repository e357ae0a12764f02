import Images
import Streams
import Testing

@Suite struct ImageKindTests {
  @Test func namesAreThoseOfTheFormat() {
    #expect(ImageKind.core.name(4211).description == "core-4211.img")
    #expect(ImageKind.ghostFile.name(26).description == "ghost-file-1a.img")
    #expect(ImageKind.tmpfsArchive.name(57).description == "tmpfs-dev-57.tar.gz.img")
    #expect(ImageKind.statsDump.name().description == "stats-dump")
    #expect(PagesID.shared(7).pagemapName == ImageKind.pagemapShmem.name(7))
  }

  @Test(arguments: ImageKind.all)
  func aNameLeadsBackToItsKindAndNumber(_ kind: ImageKind) {
    for number in [0, 9, 10, 255, 4_294_967_295] as [UInt64] {
      let name = kind.name(number)
      #expect(ImageKind.of(name) == kind)
      #expect(kind.number(in: name) == (kind.key == .none ? 0 : number))
    }
  }

  @Test(arguments: [
    "dump.log", "core-.img", "core-012.img", "core-+1.img", "core-1.img.tmp", "ghost-file-1A.img", "img",
  ])
  func otherFilesAreNoImages(_ text: String) throws {
    #expect(ImageKind.of(try #require(ImageName(text))) == nil)
  }

  @Test func everyKindHasItsOwnMagicExceptWhereTheFormatSharesOne() {
    let kinds = Dictionary(grouping: ImageKind.all.filter { !$0.isRaw }, by: \.magic).values.filter { $0.count > 1 }
    #expect(
      Set(kinds.map { Set($0.map(\.prefix)) }) == [
        ["pagemap-", "pagemap-shmem-"], ["binfmt-misc", "binfmt-misc-"], ["signal-s-", "signal-p-"],
        ["stats-dump", "stats-restore"],
      ])
    #expect(ImageKind.all.allSatisfy { $0.isRaw == ($0.message == nil) })
  }
}

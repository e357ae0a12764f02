import Glibc
import Linux
import Testing

/// Code that is copied into other processes may refer to nothing outside itself. The compiler does so where nobody
/// wrote it (jump tables, memset, literals), so the objects are read: every relocation of the section "blob" must
/// target that section, or a symbol that some object of CParasite defines in it; one of "blob_restore", either of both.
struct FreezeRelocationTests {
  @Test func theBlobRefersToNothingOutsideItself() throws {
    let directory = BuiltProgram.path("CParasite.build")
    let objects = try objectPaths(directory)
    try #require(objects.count >= 3, "no objects of CParasite in \(directory)")
    let files = try objects.map { try ElfObject(readBytes($0), path: $0) }
    var inside: Set<String> = []
    for (section, symbol) in [("blob", "parasite_main"), ("blob_restore", "last_steps_main")] {
      inside.formUnion(files.flatMap { $0.symbols[section] ?? [] })
      try #require(inside.contains(symbol))
      for file in files {
        for target in file.targets[section] ?? [] where target.section != section && !inside.contains(target.name) {
          Issue.record("\(file.path): \(section) refers to \(target.name)")
        }
      }
      #expect(files.contains { $0.targets[section]?.isEmpty == false }, "no relocation of \(section) was read")
    }
  }

  private func objectPaths(_ directory: String) throws -> [String] {
    let handle = try #require(opendir(directory), "the tests rely on SwiftPM's layout of .build")
    defer { closedir(handle) }
    var paths: [String] = []
    while let entry = readdir(handle) {
      let name = withUnsafePointer(to: &entry.pointee.d_name) {
        $0.withMemoryRebound(to: CChar.self, capacity: 256) { String(cString: $0) }
      }
      if name.hasSuffix(".o") { paths.append(directory + "/" + name) }
    }
    return paths
  }
}

/// What the test needs of a relocatable x86_64 object (elf(5)).
private struct ElfObject {
  struct Target: Hashable {
    let name, section: String
  }

  let path: String
  /// By the section that defines them.
  var symbols: [String: [String]] = [:]
  /// What the relocations of a section refer to.
  var targets: [String: [Target]] = [:]

  private struct Section {
    let name, type, link, info, offset, size: Int
  }

  init(_ bytes: [UInt8], path: String) throws {
    self.path = path
    func number(_ offset: Int, _ count: Int) -> Int { (0..<count).reduce(0) { $0 | Int(bytes[offset + $1]) << (8 * $1) } }
    func text(_ offset: Int) -> String { String(decoding: bytes[offset...].prefix { $0 != 0 }, as: UTF8.self) }
    try #require(bytes.starts(with: [0x7f, 0x45, 0x4c, 0x46, 2, 1]), "\(path) is no 64-bit ELF file")
    let table = number(0x28, 8)
    let sections = (0..<number(0x3c, 2)).map { index in
      let start = table + index * 64
      return Section(
        name: number(start, 4), type: number(start + 4, 4), link: number(start + 0x28, 4),
        info: number(start + 0x2c, 4), offset: number(start + 0x18, 8), size: number(start + 0x20, 8))
    }
    let names = sections[number(0x3e, 2)].offset
    func name(_ index: Int) -> String { sections.indices.contains(index) ? text(names + sections[index].name) : "" }
    for section in sections where section.type == 2 {  // SHT_SYMTAB
      for start in stride(from: section.offset, to: section.offset + section.size, by: 24) {
        let symbol = text(sections[section.link].offset + number(start, 4))
        symbols[name(number(start + 6, 2)), default: []].append(symbol)
      }
    }
    for section in sections where section.type == 4 {  // SHT_RELA
      let table = sections[section.link]
      for start in stride(from: section.offset, to: section.offset + section.size, by: 24) {
        let symbol = table.offset + number(start + 12, 4) * 24
        let target = name(number(symbol + 6, 2))
        let isSection = bytes[symbol + 4] & 0xf == 3  // STT_SECTION
        targets[name(section.info), default: []].append(
          Target(name: isSection ? target : text(sections[table.link].offset + number(symbol, 4)), section: target))
      }
    }
  }
}

import Foundation
import Testing

@Test func theVersionIsPrinted() throws {
  let version = try Program.criu("--version")
  #expect(version.status == 0 && version.output.hasPrefix("Version: 4.2\n") && version.errors.isEmpty)
  #expect(try Program.criu("check", "-V").output == version.output)
}

@Test(arguments: [["--help"], ["-h", "nothing"], ["dump", "--help"]])
func helpIsPrintedWhateverElseIsSaid(_ arguments: [String]) throws {
  let help = try Program.run(Program.path, arguments)
  #expect(help.status == 0 && help.output.hasPrefix("Usage: criu") && help.errors.isEmpty)
}

@Test(arguments: [
  ([], "Usage: criu COMMAND"), (["nothing"], "nothing"), (["check", "--nothing"], "--nothing"),
  (["check", "more"], "more"), (["check", "--feature", "nothing"], "nothing"), (["exec"], "deprecated"),
  (["check", "-D", "/nonexistent"], "/nonexistent"), (["check", "-o", "/nonexistent/log"], "/nonexistent/log"),
  (["service"], "not built yet"), (["dump", "-t", "1", "--page-server"], "--address"),
  (["check", "--status-fd", "x"], "--status-fd x"),
])
func whatCannotBeDoneIsSaidAndTheStatusIs1(_ arguments: [String], _ text: String) throws {
  let run = try Program.run(Program.path, arguments)
  #expect(run.status == 1 && run.errors.contains(text) && run.output.isEmpty)
}

@Test func theLogGoesToAFileInTheWorkDirectoryAndImagesMayBeRelative() throws {
  try withScratchDirectory { (directory: URL) throws in
    let work = directory.appending(path: "work")
    try FileManager.default.createDirectory(at: work, withIntermediateDirectories: true)
    let run = try Program.criu("check", "--feature", "nothing", "-W", "work", "-o", "check.log", in: directory)
    #expect(run.status == 1 && run.errors.isEmpty)
    let log = try String(contentsOf: work.appending(path: "check.log"), encoding: .utf8)
    #expect(log.hasPrefix("Error (") && log.contains("nothing"))
  }
}

@Test func aConfigurationFileIsReadAndItsErrorsNameTheLine() throws {
  try withScratchDirectory { (directory: URL) throws in
    let file = directory.appending(path: "x.conf")
    try Data("# a comment\nbogus\n".utf8).write(to: file)
    let run = try Program.criu("check", "--config", file.path)
    #expect(run.status == 1 && run.errors.contains("\(file.path) line 2"))
    try Data("feature list\n".utf8).write(to: file)
    #expect(try Program.criu("check", "--config", file.path).output.contains("clone3_set_tid\n"))
  }
}

private let readelf = "/usr/bin/readelf"

/// What the program may need: Debian's libraries, and in a debug build Swift's own.
private let allowedLibraries: Set<String> = [
  "libprotobuf-c.so.1", "liburing.so.2", "libzstd.so.1", "libcap.so.2", "libm.so.6", "libc.so.6", "libgcc_s.so.1",
  "libstdc++.so.6", "ld-linux-x86-64.so.2", "libswiftCore.so", "libswiftGlibc.so", "libswiftSwiftOnoneSupport.so",
  "libswift_Concurrency.so", "libswift_StringProcessing.so", "libswift_RegexParser.so",
]

@Test(.enabled(if: FileManager.default.isExecutableFile(atPath: readelf), "needs readelf"))
func theProgramNeedsNoFoundationAndNoLibraryBeyondThese() throws {
  let dynamic = try Program.run(readelf, ["-d", Program.path])
  let needed = dynamic.output.split(separator: "\n").filter { $0.contains("(NEEDED)") }
    .compactMap { $0.split(separator: "[").last?.dropLast() }.map(String.init)
  #expect(needed.contains("libc.so.6"))
  #expect(Set(needed).subtracting(allowedLibraries) == [])
}

@Test func anImageOfThisProcessorFitsThisProcessor() throws {
  try withScratchDirectory { (directory: URL) throws in
    #expect(try Program.criu("cpuinfo", "dump", in: directory).status == 0)
    #expect(try FileManager.default.contentsOfDirectory(atPath: directory.path) == ["cpuinfo.img"])
    #expect(try Program.criu("cpuinfo", "check", "--cpu-cap=all", in: directory).status == 0)
  }
}

@Test(arguments: [["cpuinfo"], ["cpuinfo", "show"], ["cpuinfo", "dump", "more"], ["cpuinfo", "check"]])
func aProcessorCommandWithoutWhatItNeedsIsRefused(_ arguments: [String]) throws {
  try withScratchDirectory { (directory: URL) throws in
    let run = try Program.run(Program.path, arguments, in: directory)
    #expect(run.status == 1 && run.errors.contains("cpuinfo"))
    #expect(try FileManager.default.contentsOfDirectory(atPath: directory.path) == [])
  }
}

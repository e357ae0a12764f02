import Testing

@testable import criu

@Test func helpFitsInEightyColumns() {
  for line in Usage.text.split(separator: "\n") { #expect(line.count <= 80, "\(line)") }
}

@Test func helpNamesEveryOption() {
  for option in OptionTable.all { #expect(Usage.text.contains("--\(option.name)"), "\(option.name)") }
}

@Test func theVersionIsThatOfTheContractAndThenNamesTheEngine() {
  let lines = Usage.version.split(separator: "\n")
  #expect(lines.count == 2 && lines[0] == "Version: 4.2" && !lines[1].contains("GitID"))
}

import Engine
import Linux
import Testing

@testable import criu

/// The long options of 4.2, and whether each has a `no-` form there (found by asking it for each).
private let optionsOf42 = """
  tree leave-stopped leave-running restore-detached! restore-sibling! daemon! images-dir work-dir log-file join-ns root
  ext-unix-sk help tcp-established! close log-pid! version evasive-devices! pidfile veth-pair action-script link-remap!
  shell-job! file-locks! page-server! address port prev-images-dir ms track-mem! auto-dedup! libdir cpu-cap
  force-irmap! ext-mount-map exec-cmd manage-cgroups cgroup-root inherit-fd feature skip-mnt enable-fs
  enable-external-sharing enable-external-masters freeze-cgroup ghost-limit irmap-scan-path lsm-profile timeout
  external empty-ns lazy-pages extra! experimental! all! cgroup-props cgroup-props-file cgroup-dump-controller
  skip-in-flight! deprecated! display-stats! weak-sysctls! status-fd tcp-close! verbosity ps-socket stream! config
  no-default-config tls-cacert tls-cacrl tls-cert tls-key tls! tls-no-cn-verify cgroup-yard pre-dump-mode
  file-validation skip-file-rwx-check! lsm-mount-context network-lock mntns-compat-mode! unprivileged! ghost-fiemap!
  allow-uprobes!
  """.split { $0 == " " || $0 == "\n" }.map(String.init)

extension ParsingTests {
  @Test func theTableHasEveryOptionOf42AndOurOwnApart() {
    let table = OptionTable.all.filter { !$0.own }.map { $0.name + ($0.negatable ? "!" : "") }
    #expect(Set(table).symmetricDifference(optionsOf42) == [])
    #expect(
      Set(OptionTable.all.filter(\.own).map(\.name)) == [
        "memory-read", "snapshot", "trace", "zstd", "progress-fd", "keep-serving", "shard-fds", "prev-shard-fds",
      ])
  }

  @Test func namesAndShortNamesAreDeclaredOnce() {
    let names = OptionTable.spellings.map(\.name)
    #expect(Set(names).count == names.count)
    let shorts = OptionTable.all.compactMap(\.short)
    #expect(String(shorts.sorted()) == "DJLMRSVWdhjlorstvx")
  }

  @Test func everyOptionThatIsNotBuiltSaysWhatIsLacking() {
    for option in OptionTable.all { #expect(option.built || !option.lacking.isEmpty, "\(option.name)") }
  }

  /// A value with which each option can be read.
  private func example(_ option: CommandOption) -> String {
    switch option.name {
    case "ext-mount-map": "a:b"
    case "veth-pair": "a=b"
    case "join-ns": "net:1"
    case "empty-ns": "net"
    case "cgroup-root": "/x"
    case "ps-socket", "status-fd": "5"
    default: "x"
    }
  }

  @Test(arguments: OptionTable.all.filter { !$0.built })
  func anOptionThatIsNotBuiltIsRefusedWhereItApplies(_ option: CommandOption) throws {
    let arguments = option.takesValue ? ["--\(option.name)", example(option)] : ["--\(option.name)"]
    for command in Command.allCases where option.commands.contains(command.set) {
      let refused = try failure { () throws(Failure) in _ = try options(arguments, for: command) }
      #expect(refused.errno == .notSupported && refused.subject.hasPrefix("--\(option.name)"))
      #expect(refused.remedy.contains(option.lacking))
    }
    for command in Command.allCases where !option.commands.contains(command.set) {
      _ = try options(arguments, for: command)
    }
  }

  /// This kernel may have the modules; then it is told that labels are not restored.
  @Test(arguments: [
    ("--lsm-profile", "apparmor:web", SecurityModule.apparmor), ("--lsm-profile", "selinux:a:b:c", .selinux),
    ("--lsm-mount-context", "system_u:object_r:x:s0", .selinux),
  ])
  func labelsAreRefusedWithTheModuleThatThisKernelLacks(
    _ option: String, _ value: String, _ module: SecurityModule
  ) throws {
    let refused = try failure { () throws(Failure) in _ = try options([option, value], for: .restore) }
    #expect(refused.errno == .notSupported && refused.subject == "\(option) \(value)")
    #expect(refused.remedy.contains(try module.isInForce() ? "not restored yet" : "restore on a kernel with \(module)"))
    _ = try options([option, value], for: .dump)
  }

  @Test func noLabelIsALabelThatCanBeGiven() throws {
    #expect(try options("--lsm-profile", "selinux:x", "--lsm-profile", "none:").securityProfile == nil)
  }

  /// What zdtm.py passes to every test without namespaces, and to the kinds of tests that need no more.
  @Test(
    arguments: [
      (.dump, "--no-default-config --log-file dump.log --images-dir d --verbosity=4 --tree 5 --timeout 10"),
      (.dump, "--file-locks --link-remap --ghost-limit 1G --no-ghost-fiemap --tcp-established --ext-unix-sk"),
      (.dump, "--tcp-close --skip-in-flight --network-lock nftables --external tty[8800:1] --manage-cgroups=soft"),
      (.dump, "--leave-stopped --action-script /x"),
      (.restore, "--no-default-config --log-file r.log --images-dir d --verbosity=4 --pidfile /p --restore-detached"),
      (.restore, "--restore-sibling --inherit-fd fd[3]:socket:[77] --tcp-established --file-locks --link-remap"),
      (.check, "--no-default-config -verbosity=0 --feature mnt_id --unprivileged"),
    ] as [(Command, String)])
  func whatZdtmPassesIsTaken(_ command: Command, _ arguments: String) throws {
    _ = try options(arguments.split(separator: " ").map(String.init), for: command)
  }

  @Test(arguments: [
    "--external=mnt[/dev]:x", "--external=veth[a]:b",
    "--external=net[1]:n",
  ])
  func aValueThatIsNotBuiltIsRefused(_ argument: String) throws {
    for command in [Command.dump, .restore] {
      let refused = try failure { () throws(Failure) in _ = try options([argument], for: command) }
      #expect(refused.errno == .notSupported)
    }
    _ = try options([argument], for: .check)
  }
}

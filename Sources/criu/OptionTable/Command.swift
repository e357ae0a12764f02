/// What `criu` is asked to do.
enum Command: String, CaseIterable, Sendable {
  case dump
  case preDump = "pre-dump"
  case restore
  case check
  case cpuinfo
  case pageServer = "page-server"
  case lazyPages = "lazy-pages"
  case service
  case swrk
  case dedup
  case checkImages = "check-images"
  case unpack
  case exec

  /// Whether it does what it says. One that does not is refused by name.
  var built: Bool {
    switch self {
    case .check: true
    case .cpuinfo: true
    case .dump: true
    case .restore: true
    case .preDump: true
    case .pageServer: true
    case .lazyPages: true
    case .service: false
    case .swrk: false
    case .dedup: true
    case .checkImages: true
    case .unpack: true
    case .exec: true  // its whole work is to say that it is deprecated
    }
  }

  /// For --help, in our words; `nil` for what users do not call themselves.
  var help: String? {
    switch self {
    case .dump: "Save a tree of processes as images, then end it"
    case .preDump: "Save memory ahead of a dump, while the tree runs on"
    case .restore: "Make the processes of the images again"
    case .check: "Try what this kernel can do"
    case .cpuinfo: "dump: write an image of this processor; check: compare it"
    case .pageServer: "Take memory pages from a dump elsewhere"
    case .lazyPages: "Serve pages to a restore that does not wait for them"
    case .service: "Wait for requests on a socket"
    case .dedup: "Drop pages from parent images that later ones replaced"
    case .checkImages: "Verify a set, list it, and say whether it can be restored here"
    case .unpack: "Make plain images of compressed ones, in their directory"
    case .swrk, .exec: nil
    }
  }

  var set: CommandSet { CommandSet(rawValue: 1 << UInt32(Command.allCases.firstIndex(of: self) ?? 0)) }
}

struct CommandSet: OptionSet, Sendable {
  let rawValue: UInt32

  static let dump = Command.dump.set
  static let preDump = Command.preDump.set
  static let restore = Command.restore.set
  static let check = Command.check.set
  static let cpuinfo = Command.cpuinfo.set
  static let pageServer = Command.pageServer.set
  static let lazyPages = Command.lazyPages.set
  static let service = Command.service.set
  static let swrk = Command.swrk.set
  static let dedup = Command.dedup.set
  static let checkImages = Command.checkImages.set
  static let dumps: CommandSet = [.dump, .preDump]
  static let both: CommandSet = [.dump, .restore]
  static let all = CommandSet(rawValue: .max)
}

internal import Images

/// Kinds of older versions: never written any more, and read where the record's present place is empty.
extension ImageKind {
  public static let regFiles = ImageKind("reg-files", magic: 0x5036_3636, RegFileEntry.self)
  public static let extFiles = ImageKind("ext-files", magic: 0x5925_5641, ExtFileEntry.self)
  public static let nsFiles = ImageKind("ns-files", magic: 0x6139_4011, NsFileEntry.self)
  public static let eventfd = ImageKind("eventfd", magic: 0x4452_3722, EventfdFileEntry.self)
  public static let eventpoll = ImageKind("eventpoll", magic: 0x4502_3858, EventpollFileEntry.self)
  public static let eventpollTfd = ImageKind("eventpoll-tfd", magic: 0x4443_3746, EventpollTfdEntry.self)
  public static let signalfd = ImageKind("signalfd", magic: 0x5732_3820, SignalfdEntry.self)
  public static let inotify = ImageKind("inotify", magic: 0x4842_4431, InotifyFileEntry.self)
  public static let inotifyWd = ImageKind("inotify-wd", magic: 0x5456_2009, InotifyWdEntry.self)
  public static let fanotify = ImageKind("fanotify", magic: 0x5509_6122, FanotifyFileEntry.self)
  public static let fanotifyMark = ImageKind("fanotify-mark", magic: 0x5650_6035, FanotifyMarkEntry.self)
  /// By virtual pid.
  public static let vmas = ImageKind("vmas-", .decimal, magic: 0x5412_3737, VmaEntry.self)
  public static let pipes = ImageKind("pipes", magic: 0x5651_3555, PipeEntry.self)
  public static let fifo = ImageKind("fifo", magic: 0x5836_4939, FifoEntry.self)
  /// By virtual pid.
  public static let sigacts = ImageKind("sigacts-", .decimal, magic: 0x5534_4201, SaEntry.self)
  public static let unixsk = ImageKind("unixsk", magic: 0x5437_3943, UnixSkEntry.self)
  public static let inetsk = ImageKind("inetsk", magic: 0x5644_3851, InetSkEntry.self)
  public static let packetsk = ImageKind("packetsk", magic: 0x6045_4618, PacketSockEntry.self)
  public static let netlinksk = ImageKind("netlinksk", magic: 0x5800_5614, NetlinkSkEntry.self)
  /// By virtual pid.
  public static let itimers = ImageKind("itimers-", .decimal, magic: 0x5746_4056, ItimerEntry.self)
  /// By virtual pid.
  public static let posixTimers = ImageKind("posix-timers-", .decimal, magic: 0x5260_3957, PosixTimerEntry.self)
  /// By virtual pid.
  public static let creds = ImageKind("creds-", .decimal, magic: 0x5402_3547, CredsEntry.self)
  /// By mnt_id.
  public static let tmpfsArchiveByMount = ImageKind(
    "tmpfs-", .decimal, suffix: ".tar.gz.img", head: .none, magic: 0, nil)
  /// By s_dev.
  public static let binfmtMiscPerMount = ImageKind("binfmt-misc-", .decimal, magic: 0x6734_3323, BinfmtMiscEntry.self)
  public static let tty = ImageKind("tty", magic: 0x5943_3025, TtyFileEntry.self)
  /// By virtual pid.
  public static let rlimit = ImageKind("rlimit-", .decimal, magic: 0x5711_3925, RlimitEntry.self)
  /// By virtual pid.
  public static let signalS = ImageKind("signal-s-", .decimal, magic: 0x5925_5647, SiginfoEntry.self)
  /// By virtual tid.
  public static let signalP = ImageKind("signal-p-", .decimal, magic: 0x5925_5647, SiginfoEntry.self)
  public static let tunfile = ImageKind("tunfile", magic: 0x5714_3751, TunfileEntry.self)
  public static let timerfd = ImageKind("timerfd", magic: 0x5049_3712, TimerfdEntry.self)

  static let older: [ImageKind] = [
    .regFiles, .extFiles, .nsFiles, .eventfd, .eventpoll, .eventpollTfd, .signalfd, .inotify, .inotifyWd, .fanotify,
    .fanotifyMark, .vmas, .pipes, .fifo, .sigacts, .unixsk, .inetsk, .packetsk, .netlinksk, .itimers, .posixTimers,
    .creds, .tmpfsArchiveByMount, .binfmtMiscPerMount, .tty, .rlimit, .signalS, .signalP, .tunfile, .timerfd,
  ]
}

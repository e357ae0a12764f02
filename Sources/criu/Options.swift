internal import Engine
internal import Linux

/// Everything that the command line, the configuration files and RPC can ask for: one value, filled level by level.
struct Options: Sendable {
  enum PreDumpMode: String, CaseIterable, Sendable { case splice, read }

  // MARK: This command

  var verbosity = 2
  var logFile: String?
  var logsPerTask = false
  var pidFile: String?
  /// As given; the command makes it absolute.
  var imagesDirectory = "."
  var workDirectory: String?
  var closedDescriptors: [CInt] = []
  var pluginDirectory: String?
  var actionScripts: [String] = []
  var showsStatistics = false
  var traceFile: String?
  var statusDescriptor: CInt?
  var isDaemon = false
  var allowsDeprecated = false
  var unprivileged = false
  var configFile: String?
  var noDefaultConfig = false
  var wantsHelp = false
  var wantsVersion = false

  // MARK: Dump, restore

  var pid: Int32?
  var leavesRunning = false
  var leavesStopped = false
  var isShellJob = false
  var timeoutSeconds = 10
  var ghostLimitByteCount = 1 << 20
  var ghostFilesByFiemap = true
  var fileLocks = false
  var linkRemap = false
  var evasiveDevices = false
  var fileValidation = FileValidation.buildID
  var skipsFileModeCheck = false
  var forcesInodeMap = false
  var inodeMapPaths: [String] = []
  var freezerCgroup: String?
  var allowsUprobes = false
  var weakSysctls = false
  var sockets = SocketOptions()
  var external: [ExternalResource] = []
  var cpuCapabilities = CPUCapabilities.initial
  var isDetached = false
  var isSibling = false
  var root: String?
  var inherited: [RestoreOptions.InheritedDescriptor] = []
  var joinedNamespaces: [JoinedNamespace] = []
  var emptyNetworkNamespace = false
  var virtualEthernetPairs: [(inside: String, outside: String)] = []
  var runsCommandAfterRestore = false
  var securityProfile: (module: SecurityModule, name: String)?

  // MARK: Mounts

  var skippedMounts: [String] = []
  var enabledFilesystems: [String] = []
  var allowsExternalSharing = false
  var allowsExternalMasters = false
  var externalMounts: [(key: String, value: String)] = []
  var autoExternalMounts = false
  var compatibleMountEngine = false
  var securityMountContext: String?

  // MARK: Cgroups

  var cgroups = CgroupOptions()

  // MARK: Memory

  var takesSnapshot = false
  var memoryRead = DumpOptions.MemoryRead.vmsplice
  var parentImages: String?
  var tracksMemory = false
  var autoDeduplicates = false
  var preDumpMode = PreDumpMode.splice
  var lazyPages = false
  var streams = false
  /// Memory is compressed.
  var zstdLevel: Int?
  var progressDescriptor: CInt?
  var shardDescriptors: [CInt] = []
  /// Of streams that the restored one leaves pages to, the nearest first.
  var parentShardDescriptors: [[CInt]] = []

  // MARK: Page server

  var usesPageServer = false
  var address: String?
  var port: UInt16 = 0
  var pageServerSocket: CInt?
  var keepsServing = false
  var usesTLS = false
  var tlsSkipsNameCheck = false
  var tlsFiles = TLSFiles()

  // MARK: Check

  var checksExtra = false
  var checksExperimental = false
  var checksAll = false
  var features: [String] = []

  struct JoinedNamespace: Sendable {
    let kind: NamespaceKind
    /// A pid or a path.
    let target: String
  }

  struct TLSFiles: Sendable {
    var authorities, revoked, certificate, key: String?
  }
}

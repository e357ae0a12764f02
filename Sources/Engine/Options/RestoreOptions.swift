public import Linux

/// What a restore is asked to do. Paths are absolute: the engine works in the work directory, not where the user stood.
public struct RestoreOptions: Sendable {
  /// Whose child the root task becomes, and how long we stay.
  public enum Attachment: Sendable {
    /// Ours; the command waits for it.
    case child
    /// Ours until we leave.
    case detached
    /// Our parent's, as CLONE_PARENT makes it; we leave.
    case sibling
  }

  /// An open descriptor of ours that takes the place of a resource of the images.
  public struct InheritedDescriptor: Hashable, Sendable {
    public let descriptor: Int32
    /// "pipe:[123]", "tty[8800:1]", "file[3:77]", a path without its first slash, or the name given to an external one.
    public let resource: String

    public init(descriptor: Int32, resource: String) {
      self.descriptor = descriptor
      self.resource = resource
    }
  }

  /// A namespace that the tree is restored in.
  public struct JoinedNamespace: Hashable, Sendable {
    public let kind: NamespaceKind
    /// Whose it is; `nil` where `path` names a file.
    public let pid: Int32?
    /// Absolute.
    public let path: String

    public init(kind: NamespaceKind, pid: Int32?, path: String) {
      self.kind = kind
      self.pid = pid
      self.path = path
    }
  }

  /// Where the images are; for scripts and messages only, since images come through the source.
  public var imagesDirectory: String
  /// Where logs, statistics and pid files go.
  public var workDirectory: String
  public var attachment = Attachment.child
  /// The tree stays stopped, as SIGSTOP leaves it.
  public var leavesStopped = false
  /// The tree joins our session and process group, and takes our terminal for its own.
  public var isShellJob = false
  /// Gets the root's pid as decimal text; absolute, and it must not exist.
  public var pidFile: String?
  /// Each task logs to a file of its own, the log's path with ".PID" after it.
  public var logsPerTask = false
  /// The log's file, absolute; `nil` for stderr.
  public var logFile: String?

  /// Memory comes while the tasks run, from `criu lazy-pages` in the work directory.
  public var lazyPages = false
  public var fileLocks = false
  public var fileValidation = FileValidation.buildID
  /// Permission bits of files may differ from those in the images.
  public var skipsFileModeCheck = false
  public var inherited: [InheritedDescriptor] = []
  public var sockets = SocketOptions()
  /// Resources that live outside of the tree.
  public var external: [ExternalResource] = []
  public var joinedNamespaces: [JoinedNamespace] = []
  public var cgroups = CgroupOptions()
  public var cpuCapabilities = CPUCapabilities.initial
  /// Programs to run at each stage, in order (`ActionScripts`).
  public var actionScripts: [String] = []
  public var fault: Fault?

  public init(imagesDirectory: String, workDirectory: String) {
    self.imagesDirectory = imagesDirectory
    self.workDirectory = workDirectory
  }
}

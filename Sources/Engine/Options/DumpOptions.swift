/// What a dump is asked to do. Paths are absolute: the engine works in the work directory, not where the user stood.
public struct DumpOptions: Sendable {
  /// What becomes of the tree after the dump.
  public enum FinalState: Sendable { case killed, running, stopped }

  /// How the memory of a task is read.
  public enum MemoryRead: String, Sendable, CaseIterable {
    /// The task gives its pages to a pipe from inside (vmsplice(2)); they are not copied while it is frozen.
    case vmsplice
    /// From outside (process_vm_readv(2)): nothing runs in the task, every page is copied.
    case readv
  }

  /// The root of the tree, as the engine's own pid namespace sees it.
  public var pid: Int32
  /// Where the images go; for scripts and messages only, since images go through the sink.
  public var imagesDirectory: String
  /// Where logs, statistics and pid files go.
  public var workDirectory: String
  public var finalState = FinalState.killed
  /// Sessions, process groups and terminals that reach outside of the tree are allowed.
  public var isShellJob = false
  /// Seconds to collect and stop all tasks; 0 for no limit.
  public var timeoutSeconds = 10
  /// Directory of the cgroup that is frozen while the tree is stopped.
  public var freezerCgroup: String?
  public var memoryRead = MemoryRead.vmsplice
  /// Memory is written after the thaw, from clones of the tasks. For a tree that runs on.
  public var takesSnapshot = false
  /// Private memory is listed and not written: it is served after the dump, from the tree as it stands.
  public var leavesLazyPages = false
  /// Pages that do not change are left to the parent set, and tracking goes on after the dump.
  public var tracksMemory = false
  /// There is a tree to be tracked after the dump.
  public var goesOnTracking: Bool { tracksMemory && finalState != .killed }

  /// Bytes; a deleted file that is larger is not carried in the images.
  public var ghostLimitByteCount = 1 << 20
  /// Holes of deleted files are found by FS_IOC_FIEMAP rather than SEEK_HOLE.
  public var ghostFilesByFiemap = true
  /// Locks of files are dumped; without it, a tree that holds one is refused.
  public var fileLocks = false
  /// Files that are deleted but have other links may be linked back, "link_remap.ID".
  public var linkRemap = false
  /// A device whose path is gone may be dumped by any other path to it.
  public var evasiveDevices = false
  /// Paths of inodes that inotify and fanotify watch are searched where the kernel tells none.
  public var forcesInodeMap = false
  /// Directories to search them in, before the usual ones.
  public var inodeMapPaths: [String] = []
  public var fileValidation = FileValidation.buildID

  public var sockets = SocketOptions()
  /// Resources that live outside of the tree.
  public var external: [ExternalResource] = []
  public var cgroups = CgroupOptions()
  public var cpuCapabilities = CPUCapabilities.initial
  /// Programs to run at each stage, in order (`ActionScripts`).
  public var actionScripts: [String] = []
  public var fault: Fault?

  public init(pid: Int32, imagesDirectory: String, workDirectory: String) {
    self.pid = pid
    self.imagesDirectory = imagesDirectory
    self.workDirectory = workDirectory
  }
}

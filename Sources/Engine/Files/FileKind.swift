internal import Images
internal import Linux
internal import Streams

/// One kind of file, both directions: how its descriptors are told from others and saved, and how they are made again.
/// A kind is an enum without cases; what it must remember lies in `FileDump.states` and `FilePlan.states`.
///
/// A restore goes through every kind in four steps, with a barrier of all tasks after `make` and after `connect`:
///
/// 1. `make`: the task that owns a group makes its files. Nothing of another task can be seen yet.
/// 2. `connect`: every file exists. This task's own descriptors stand at their numbers, and any other file can be
///    borrowed (`FileRestore.borrow`): sockets connect, queues are filled, epoll targets are added.
/// 3. `finish`: every task has all its descriptors at their numbers.
protocol FileKind: SendableMetatype {
  static var type: FdTypes { get }

  // MARK: Dump

  /// Whether the descriptor is of this kind. Kinds are asked in the order of `fileKinds`; what costs nothing
  /// (`status`, `flags`) is to be tested before what costs a system call (`link()`, `info()`).
  static func recognises(_ descriptor: Descriptor) throws(Failure) -> Bool

  /// Whether `dump` can be called when the task may have gone on: all that it wants to know of this file has been asked
  /// (`DescriptorScript`), or is read here. Called once, before it.
  static func canWait(_ descriptor: Descriptor, in dump: FileDump) throws(Failure) -> Bool

  /// The record of an open file that was not met before. Called once for each open file description.
  ///
  /// - Parameter id: The file's number, for the record and for all messages inside it.
  static func dump(_ descriptor: Descriptor, id: UInt32, into dump: FileDump) throws(Failure) -> FileEntry

  /// Called for every descriptor after its file has a record, also when the file was met before.
  static func note(_ descriptor: Descriptor, id: UInt32, filesID: UInt32, into dump: FileDump) throws(Failure)

  /// Called once, after all descriptors of all tasks were seen; they are frozen.
  static func conclude(_ dump: FileDump) throws(Failure)

  /// Called once, when all records are made; the tasks may have gone on.
  static func complete(_ dump: FileDump) throws(Failure)

  /// Writes the images of this kind that hold records, files.img and fdinfo apart.
  static func writeRecords(of dump: FileDump, to sink: any ImageSink) throws(Failure)

  /// Writes the images of this kind that hold raw bytes.
  static func writeBlobs(of dump: FileDump, to sink: any ImageSink) throws(Failure)

  // MARK: Plan: no process is touched

  /// Reads the images of this kind into `plan.states`.
  static func load(from source: any ImageSource, into plan: FilePlan) throws(Failure)

  /// Checks a record as far as that goes without making anything.
  ///
  /// - Throws: `EBADMSG` damaged, `EOPNOTSUPP` not supported.
  static func check(_ entry: FileEntry, in plan: FilePlan) throws(Failure)

  /// Files that only one process can make together, such as both ends of a pipe, have the same key.
  static func group(of entry: FileEntry, in plan: FilePlan) -> FileGroupKey

  /// Files without a descriptor of their own that must be made where this one is, such as those in a socket's queue.
  static func carried(by entry: FileEntry, in plan: FilePlan) -> [FileKey]

  // MARK: Restore: in the task that owns the group

  /// Makes all files of a group.
  ///
  /// - Returns: For every entry of the group, a descriptor at any number, with O_CLOEXEC; the caller moves and closes
  ///   it. No other descriptor may stay open.
  static func make(_ group: FileGroup, in restore: FileRestore) throws(Failure) -> [MadeFile]

  /// - Parameter number: Where this task has the file until `finish` returned.
  static func connect(_ entry: FileEntry, at number: CInt, in restore: FileRestore) throws(Failure)

  static func finish(_ entry: FileEntry, at number: CInt, in restore: FileRestore) throws(Failure)

  /// In every task, after all `connect`: takes what `finishTask` needs of other tasks, which may close it in `finish`.
  static func borrowForTask(_ restore: FileRestore) throws(Failure)

  /// In every task, whether it has files of this kind or not, after all `finish`.
  static func finishTask(_ restore: FileRestore) throws(Failure)
}

extension FileKind {
  static func canWait(_ descriptor: Descriptor, in dump: FileDump) throws(Failure) -> Bool { false }
  static func complete(_ dump: FileDump) throws(Failure) {}
  static func note(_ descriptor: Descriptor, id: UInt32, filesID: UInt32, into dump: FileDump) throws(Failure) {}
  static func conclude(_ dump: FileDump) throws(Failure) {}
  static func writeRecords(of dump: FileDump, to sink: any ImageSink) throws(Failure) {}
  static func writeBlobs(of dump: FileDump, to sink: any ImageSink) throws(Failure) {}
  static func load(from source: any ImageSource, into plan: FilePlan) throws(Failure) {}
  static func group(of entry: FileEntry, in plan: FilePlan) -> FileGroupKey {
    FileGroupKey(type: entry.type, number: UInt64(entry.id))
  }
  static func carried(by entry: FileEntry, in plan: FilePlan) -> [FileKey] { [] }
  static func connect(_ entry: FileEntry, at number: CInt, in restore: FileRestore) throws(Failure) {}
  static func finish(_ entry: FileEntry, at number: CInt, in restore: FileRestore) throws(Failure) {}
  static func finishTask(_ restore: FileRestore) throws(Failure) {}
  static func borrowForTask(_ restore: FileRestore) throws(Failure) {}
}

/// Every kind, in the order in which they are asked whether a descriptor is theirs.
let fileKinds: [any FileKind.Type] = [
  Pipe.self,
  Fifo.self,
  Memfd.self,
  NamespaceFile.self,
  RegularFile.self,
  Eventfd.self,
  Eventpoll.self,
  Signalfd.self,
  Timerfd.self,
  PidFile.self,
  Inotify.self,
  Fanotify.self,
  UnixSocket.self,
  InternetSocket.self,
  NetlinkSocket.self,
  PacketSocket.self,
  Terminal.self,
]

/// The kind of each type number.
let fileKindsByType: [FdTypes: any FileKind.Type] = Dictionary(
  fileKinds.map { ($0.type, $0) }, uniquingKeysWith: { first, _ in first })

/// What a record of files.img is found by.
struct FileKey: Hashable, Sendable, CustomStringConvertible {
  let type: FdTypes
  let id: UInt32

  var description: String { "file \(id) of type \(type)" }
}

extension FileEntry {
  var key: FileKey { FileKey(type: type, id: id) }
}

/// What files that are made together have in common.
struct FileGroupKey: Hashable, Sendable {
  let type: FdTypes
  /// Its meaning is the kind's own, such as the inode of a pipe.
  let number: UInt64
}

/// A file that its owner made.
struct MadeFile {
  let key: FileKey
  let descriptor: CInt
}

/// What a kind remembers during a dump, or knows of the images during a restore.
protocol KindState: AnyObject {
  init()
}

/// One state a type, made when it is first asked for.
final class KindStates {
  /// Few, and each descriptor is met by several of them.
  private var states: [(type: ObjectIdentifier, state: any KindState)] = []

  subscript<State: KindState>(type: State.Type) -> State {
    let identifier = ObjectIdentifier(type)
    // A cast that is checked takes a microsecond.
    for known in states where known.type == identifier { return unsafeDowncast(known.state, to: type) }
    let state = State()
    states.append((identifier, state))
    return state
  }
}

internal import CParasite
internal import Images
internal import Linux
internal import Streams

extension DescribedTypes {
  /// Those that a dump is the first to use while its tree is frozen (between `Seizure.run` and `FrozenTree.thaw`):
  /// a fifth of the time that a small program stood still.
  @inline(never) static func ofDump() -> DescribedTypes {
    var types = DescribedTypes()
    types.table(Int32(0), TraceStop?.none)
    types.table(Int32(0), Int32(0))
    types.table(Int32(0), UInt32(0))
    types.table(Int32(0), 0)
    types.table(Int32(0), TaskLayout(mappings: []))
    types.table(UInt32(0), [FdinfoEntry]())
    types.table(UInt32(0), [Int]())
    types.table(UInt32(0), PipeContents.Ends())
    let inode = FileDump.InodeKey(device: DeviceNumber(major: 0, minor: 0), inode: 0, mountID: nil)
    types.table(inode, FilePath(""))
    types.table(inode, FileKey(type: .reg, id: 0))
    types.table(
      FileDump.MappedFileName(mountNamespace: nil, deviceMajor: 0, deviceMinor: 0, inode: 0), UInt32(0))
    types.table(KnownFiles.Way(inode: inode, flags: 0), [UInt32]())
    types.table(TaskMemoryState.MappedFileKey(deviceMajor: 0, deviceMinor: 0, inode: 0), UInt32(0))
    types.table(
      ForeseenFiles.Group(device: DeviceNumber(major: 0, minor: 0), inode: 0, flags: 0), OpenFileIDs.Known.foreseen)
    types.table(SharedMemory.Key(major: 0, minor: 0, inode: 0), 0)
    types.set(Int32(0))
    types.set(UInt32(0))
    types.list(of: TraceStop.self)
    types.list(of: Mapping.self)
    types.list(of: PageExtent.self)
    types.list(of: PagemapRegion.self)
    types.list(of: PageRun.self)
    types.list(of: TaskPages.Piece.self)
    types.list(of: Range<UInt64>.self)
    types.list(of: UInt64.self)
    types.list(of: VmaEntry.self)
    types.list(of: FileEntry.self)
    types.list(of: FdinfoEntry.self)
    types.list(of: FdinfoEntry?.self)
    types.list(of: FileDump.Waiting.self)
    types.list(of: SharedMemory.Object.self)
    types.list(of: SharedMemory.Held.self)
    types.list(of: ResourceLimit.self)
    types.list(of: RlimitEntry.self)
    types.list(of: ThreadArea.self)
    types.list(of: ThreadReading.self)
    types.list(of: InsideReading.self)
    types.list(of: parasite_thread_state.self)
    types.list(of: UInt32?.self)
    types.list(of: (Int32, Int32).self)
    types.list(of: (Int32, Int).self)
    types.list(of: (Int32, TaskLayout).self)
    types.list(of: (key: UInt32, value: PipeContents.Ends).self)
    types.list(of: (thread: FrozenThread, command: UInt32, argument: UnsafeMutableRawPointer?).self)
    types.plain([
      [Int32].self, [UInt32].self, [UInt64].self, [Range<UInt64>].self, [Mapping].self, [PageExtent].self,
      [InsideReading].self, InsideReading?.self, LatePages?.self, ForeseenMappedFiles.File?.self,
      Result<TaskPageList, Failure>?.self, Result<TaskFacts, Failure>?.self, TaskFacts?.self, TaskMemoryState?.self,
      HeldPages?.self, HeldPages.Room?.self, WholeNetworkLock.Held?.self, DescriptorReaders?.self, Wave<Parasite>.self,
    ])
    types.made(
      by: FileEntry {
        $0.reg = RegFileEntry()
        $0.pipe = PipeEntry()
        $0.memfd = MemfdFileEntry()
      })
    types.made(by: fileKinds)
    types.made(by: KindStates()[KnownFiles.self])
    types.made(by: RegistersX86.fields)
    types.made(by: Mapping.adviceOfFlags)
    var registers = Registers()
    CallConvention.code64.setCall(.close, [], in: &registers)
    types.made(by: registers)
    return types
  }
}

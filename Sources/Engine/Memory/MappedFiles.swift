internal import Images
internal import Linux

/// Gives the files behind mappings a record and an id (files.img).
protocol MappedFiles: AnyObject {
  /// The id of a mapped file's record; a file that has one already keeps it.
  ///
  /// - Parameter mapping: Of kind `.file`; its file is at /proc/PID/map_files/START-END.
  func fileID(of mapping: Mapping, in task: FrozenTask) throws(Failure) -> UInt32

  /// The id of the record of the packet socket whose rings are mapped.
  func packetSocketID(of mapping: Mapping, in task: FrozenTask) throws(Failure) -> UInt32

  /// Stores a record for a memfd that is mapped, under the next free id, which is put into it.
  func memfdID(_ entry: MemfdFileEntry) throws(Failure) -> UInt32
}

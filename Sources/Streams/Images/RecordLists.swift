public import Images
public import Linux

extension ImageSink {
  /// A writer for an image with records.
  public func recordWriter(_ kind: ImageKind, _ number: UInt64 = 0) throws(Failure) -> RecordWriter {
    let name = kind.name(number)
    return RecordWriter(try open(name), kind: kind, name: name)
  }

  /// Writes a whole image. No records make no image: an absent image is an empty list.
  public func write<M: ImageMessage>(records: [M], to name: ImageName, kind: ImageKind) throws(Failure) {
    let writer = RecordWriter(try open(name), kind: kind, name: name)
    for record in records { try writer.write(record) }
    try writer.finish()
  }

  public func write<M: ImageMessage>(records: [M], to kind: ImageKind, _ number: UInt64 = 0) throws(Failure) {
    try write(records: records, to: kind.name(number), kind: kind)
  }
}

extension ImageSource {
  /// - Returns: `nil` where there is no such image.
  public func recordReader(_ kind: ImageKind, _ number: UInt64 = 0) throws(Failure) -> RecordReader? {
    let name = kind.name(number)
    guard let reader = try open(name) else { return nil }
    return try RecordReader(reader, kind: kind, name: name)
  }

  /// All records of an image, without the raw bytes between them.
  ///
  /// - Returns: `nil` where there is no such image, which for lists means the same as an empty one.
  public func records<M: ImageMessage>(
    of type: M.Type, named name: ImageName, kind: ImageKind
  ) throws(Failure) -> [M]? {
    guard let reader = try open(name) else { return nil }
    let records = try RecordReader(reader, kind: kind, name: name)
    var result: [M] = []
    while let record = try records.next(type) { result.append(record) }
    return result
  }

  public func records<M: ImageMessage>(
    of type: M.Type, in kind: ImageKind, _ number: UInt64 = 0
  ) throws(Failure) -> [M]? {
    try records(of: type, named: kind.name(number), kind: kind)
  }

  /// The one record of an image that has one, read to the end of the image.
  ///
  /// - Throws: `EBADMSG` for none or several.
  public func record<M: ImageMessage>(
    of type: M.Type, in kind: ImageKind, _ number: UInt64 = 0
  ) throws(Failure) -> M? {
    guard let records = try records(of: type, in: kind, number) else { return nil }
    guard let first = records.first, records.count == 1 else {
      throw Failure(
        "find one record", "\(kind.name(number)), which has \(records.count)", .badMessage,
        remedy: "The image is damaged: restore from another copy of the set.")
    }
    return first
  }
}

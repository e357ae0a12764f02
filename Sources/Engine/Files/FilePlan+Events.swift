internal import Images
internal import Linux

extension FilePlan {
  /// In the engine, while every task is stopped and after everything else was done: drops the events that the restore
  /// itself caused at inotify and fanotify descriptors.
  func dropEvents() throws(Failure) {
    for (key, owner) in owners where key.type == .inotify || key.type == .fanotify {
      let holder = holders[owner]
      guard let number = holder.descriptors.first(where: { $0.key == key })?.fd else { continue }
      let subject = "descriptor \(number) of \(holder.subject)"
      let process = try openProcess(holder.pid)
      let file = try copyDescriptor(CInt(bitPattern: number), of: process.borrowed(), subject)
      try file.borrowed().dropEvents(ofFanotify: key.type == .fanotify, subject)
    }
  }
}

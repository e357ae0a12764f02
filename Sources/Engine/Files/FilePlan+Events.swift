internal import Images
internal import Linux

extension FilePlan {
  /// In the engine, while every task is stopped and after everything else was done: drops the events that the restore
  /// itself caused at inotify and fanotify descriptors.
  func dropEvents() throws(Failure) {
    var done: Set<FileKey> = []
    for (index, holder) in holders.enumerated() {
      for descriptor in holder.descriptors where descriptor.type == .inotify || descriptor.type == .fanotify {
        guard owners[descriptor.key] == index, done.insert(descriptor.key).inserted else { continue }
        let subject = "descriptor \(descriptor.fd) of \(holder.subject)"
        let process = try openProcess(holder.pid)
        let file = try copyDescriptor(CInt(bitPattern: descriptor.fd), of: process.borrowed(), subject)
        try file.borrowed().dropEvents(ofFanotify: descriptor.type == .fanotify, subject)
      }
    }
  }
}

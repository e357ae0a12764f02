internal import Engine
internal import Linux

/// What commands that serve have in common: they go to the background, say when they are ready, and end.
extension Session {
  /// - Returns: Whether this process is done: a copy of it serves, and its pid is in --pidfile.
  func goesToBackground() throws(Failure) -> Bool {
    guard options.isDaemon else { return false }
    if case .parent(let child) = try cloneProcess() {
      guard let path = options.pidFile else { return true }
      do throws(Failure) { try writeNewFile(path, "\(child)") } catch {
        killProcess(child)
        throw error
      }
      return true
    }
    do throws(Failure) {
      try beginSession()
      let null = OwnedFD(
        adopting: CInt(
          try check("open the file", "/dev/null", remedy: "Set up /dev.") { File.open("/dev/null", .readWrite) }))
      for number in CInt(0)...2 where number != null.borrowed().raw {
        try null.borrowed().duplicate(onto: number, closeOnExec: false, "/dev/null")
      }
      if null.borrowed().raw <= 2 { _ = null.release() }
    } catch {
      log.error(error)
      exitNow(1)
    }
    return false
  }

  /// Runs to the end; a copy that serves in the background never comes back from here.
  func finishing(_ body: () throws(Failure) -> Void) throws(Failure) -> CInt {
    do throws(Failure) { try body() } catch {
      guard options.isDaemon else { throw error }
      log.error(error)
      exitNow(1)
    }
    if options.isDaemon { exitNow(0) }
    return 0
  }

  /// Runs the scripts of this stage, and writes the byte that --status-fd promises.
  func sayReady() throws(Failure) {
    try ActionScripts(options.actionScripts, imagesDirectory: imagesDirectory).run(.statusReady, log: log)
    guard let descriptor = options.statusDescriptor else { return }
    try writeText("\0", to: descriptor)
    closeInherited(descriptor)
  }
}

internal import Engine
internal import Linux
internal import Sinks
internal import Streams

extension Session {
  /// `criu lazy-pages`: serves the memory of what `criu restore --lazy-pages` restores.
  ///
  /// - Returns: The exit status.
  func serveLazily() throws(Failure) -> CInt {
    let source = ZstdSource(
      DirectorySource(adopting: try openDirectory(imagesDirectory), path: imagesDirectory))
    let daemon = try LazyDaemon(source, log: log) { [self] () throws(Failure) in try pageFetcher(source) }
    if options.usesPageServer { try daemon.claim() }
    guard try !goesToBackground() else { return 0 }
    return try finishing { () throws(Failure) in
      try daemon.standReady()
      try sayReady()
      try daemon.serve()
    }
  }

  private func pageFetcher(_ source: any ImageSource) throws(Failure) -> any PageFetcher {
    if options.usesPageServer { return PageServerFetcher(try pageServerClient()) }
    return StoreFetcher(try StoredPages(source))
  }
}

internal import Engine
internal import Linux
internal import Sinks
internal import Streams

/// Both ends of a page server: that of a dump, and the command.
extension Session {
  /// Sends pages elsewhere, where the options ask for it (--page-server), and leaves everything else to `rest`.
  ///
  /// - Parameter tracks: The set is to be the parent of a later dump.
  func withPageServer(_ rest: any ImageSink, tracks: Bool) throws(Failure) -> any ImageSink {
    guard options.usesPageServer else { return rest }
    return PageServerSink(try pageServerClient(), rest: rest, listsPages: tracks)
  }

  /// A connection to the page server that the options name, as `Request` has checked.
  func pageServerClient() throws(Failure) -> PageServerClient {
    if let descriptor = options.pageServerSocket {
      return try .adopt(OwnedFD(adopting: try connectedSocket(descriptor)), name: options.address, tls: tls)
    }
    return try PageServerClient.connect(toHost: options.address ?? "", port: options.port, tls: tls)
  }

  /// `criu page-server`
  ///
  /// - Returns: The exit status.
  func servePages() throws(Failure) -> CInt {
    guard !options.lazyPages else { return try servePagesOfImages() }
    try parentSet()  // what is wrong with it shows before anybody connects
    let server = PageServer(
      span: options.keepsServing ? .endless : .oneDump, tls: tls, expectedName: options.address, log: log,
      makePlace: receivingPlace)
    let clients = try openClients()
    guard try !goesToBackground() else { return 0 }
    return try finishing { () throws(Failure) in
      try sayReady()
      switch clients {
      case .port(let listener): try server.serve(listener)
      case .socket(let socket): try server.serve(connected: OwnedFD(adopting: socket))
      }
    }
  }

  /// `criu page-server --lazy-pages`
  private func servePagesOfImages() throws(Failure) -> CInt {
    let images = ZstdSource(DirectorySource(adopting: try openDirectory(imagesDirectory), path: imagesDirectory))
    let pages = try StoredPages(images)
    let clients = try openClients()
    guard try !goesToBackground() else { return 0 }
    return try finishing { () throws(Failure) in
      try sayReady()
      repeat { try servePages(pages, to: clients) } while options.keepsServing
    }
  }

  /// Where those come from that a server serves.
  enum Clients {
    case port(PageServerListener)
    /// Connected already (--ps-socket).
    case socket(CInt)
  }

  func openClients() throws(Failure) -> Clients {
    if let descriptor = options.pageServerSocket { return .socket(try connectedSocket(descriptor)) }
    let listener = try PageServerListener(host: options.address, port: options.port)
    log.info("Listening on \(listener.address.text)")
    if options.port == 0 {
      log.info("Using \(listener.address.port) port")
      try writeText("Using port \(listener.address.port)\n")
    }
    return .port(listener)
  }

  /// Serves pages in any order until the first client says that it has them all.
  func servePages(_ pages: any PageStore, to clients: Clients) throws(Failure) {
    let server = LazyPageServer(pages, tls: tls, expectedName: options.address, log: log)
    switch clients {
    case .port(let listener): try server.serve(listener)
    case .socket(let socket): try server.serve(connected: OwnedFD(adopting: socket))
    }
  }

  var tls: TLSSettings? {
    guard options.usesTLS else { return nil }
    var settings = TLSSettings()
    settings.authorities = options.tlsFiles.authorities
    settings.revoked = options.tlsFiles.revoked
    settings.certificate = options.tlsFiles.certificate
    settings.key = options.tlsFiles.key
    settings.checksName = !options.tlsSkipsNameCheck
    return settings
  }

  private func connectedSocket(_ descriptor: CInt) throws(Failure) -> CInt {
    _ = try BorrowedFD(descriptor).peerName("descriptor \(descriptor) of --ps-socket")
    try BorrowedFD(descriptor).setCloseOnExec(true, "descriptor \(descriptor) of --ps-socket")
    return descriptor
  }

  /// Pages lie beside the records that the dump's user brings here later, so an inventory is left alone.
  private func receivingPlace(_ numbers: PagesNumbers) throws(Failure) -> PageServerPlace {
    let journal = FileJournal()
    let sink = DirectorySink(
      adopting: try openDirectory(imagesDirectory), path: imagesDirectory, contents: .part, durability: .pageCache,
      journal: journal, ring: .never, pagesNumbers: numbers)
    if let parent = options.parentImages { try sink.linkParent(to: parent) }
    return PageServerPlace(
      sink, parent: try parentSet(),
      whenWhole: { () throws(Failure) in if options.autoDeduplicates { dropReplacedPagesIfPossible() } },
      undo: journal.undo)
  }

  @discardableResult
  private func parentSet() throws(Failure) -> (any ImageSource)? {
    try DirectorySource(adopting: try openDirectory(imagesDirectory), path: imagesDirectory).parent()
  }
}

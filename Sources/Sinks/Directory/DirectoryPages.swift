public import Linux
public import Streams

extension DirectorySink {
  public func openPages(_ id: PagesID) throws(Failure) -> any PageSink {
    throw Failure("write pages", "\(path)/\(id.pagemapName)", .notSupported, remedy: "Dump without memory.")
  }
}

extension DirectorySource {
  public func openPages(_ id: PagesID) throws(Failure) -> (any PageSource)? {
    throw Failure("read pages", "\(path)/\(id.pagemapName)", .notSupported, remedy: "Restore without memory.")
  }
}

internal import Glibc

/// A library that is opened when it is first needed, so that programs which never need it do not map it (dlopen(3)).
/// It stays open until the process ends.
public struct DynamicLibrary: @unchecked Sendable {
  private let handle: UnsafeMutableRawPointer
  private let name: String

  /// - Parameter package: Debian's package of it.
  public init(_ name: String, package: String) throws(Failure) {
    guard let handle = dlopen(name, RTLD_NOW | RTLD_LOCAL) else {
      throw Failure("open the library", name, .noEntry, remedy: "Install it (Debian: \(package)).")
    }
    self.handle = handle
    self.name = name
  }

  /// The address of a function, as the C function type that the caller knows it to have.
  public func function<F>(_ symbol: String, as type: F.Type = F.self) throws(Failure) -> F {
    guard let address = dlsym(handle, symbol) else {
      throw Failure("find the function in the library", "\(symbol) in \(name)", .noEntry, remedy: "Install a newer one.")
    }
    return unsafeBitCast(address, to: F.self)
  }
}

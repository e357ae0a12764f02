internal import Linux

/// The files by which both ends of an encrypted connection know each other, all PEM. What is not named is where CRIU has
/// it.
public struct TLSSettings: Sendable {
  /// Who may sign: with it nobody else; without it the system's authorities, and those of the default file.
  public var authorities: String?
  public var revoked: String?
  public var certificate: String?
  public var key: String?
  /// Compare the far end's name with its certificate.
  public var checksName = true

  public init() {}

  static let defaultAuthorities = "/etc/pki/CA/cacert.pem"
  static let defaultRevoked = "/etc/pki/CA/cacrl.pem"
  static let defaultCertificate = "/etc/pki/criu/cert.pem"
  static let defaultKey = "/etc/pki/criu/private/key.pem"
}

/// The files as GnuTLS holds them.
final class TLSCredentials {
  let library: GnuTLS
  let handle: GnuTLS.Handle

  init(_ settings: TLSSettings, library: GnuTLS) throws(Failure) {
    var made: GnuTLS.Handle?
    let result = library.makeCredentials(&made)
    guard let made else { throw TLSCredentials.failure("read certificates", "for TLS", result, library) }
    self.library = library
    handle = made
    try trust(settings)
    try revoke(settings)
    let certificate = settings.certificate ?? TLSSettings.defaultCertificate
    let key = settings.key ?? TLSSettings.defaultKey
    let keyResult = library.setKeyFiles(handle, certificate, key, GnuTLS.pem)
    guard keyResult == 0 else {
      throw TLSCredentials.failure("use the certificate and its key", "\(certificate), \(key)", keyResult, library)
    }
  }

  deinit { library.freeCredentials(handle) }

  private func trust(_ settings: TLSSettings) throws(Failure) {
    if let authorities = settings.authorities {
      let count = library.trustFile(handle, authorities, GnuTLS.pem)
      guard count > 0 else { throw TLSCredentials.failure("trust the authority", authorities, count, library) }
      return
    }
    let count = library.trustSystem(handle)
    guard count >= 0 else { throw TLSCredentials.failure("trust the system's authorities", "for TLS", count, library) }
    _ = library.trustFile(handle, TLSSettings.defaultAuthorities, GnuTLS.pem)  // which need not be there
  }

  private func revoke(_ settings: TLSSettings) throws(Failure) {
    if settings.revoked == nil {
      do throws(Failure) { _ = try readBytes(TLSSettings.defaultRevoked) } catch { return }  // which need not be there
    }
    let path = settings.revoked ?? TLSSettings.defaultRevoked
    let count = library.revokeFile(handle, path, GnuTLS.pem)
    guard count >= 0 else { throw TLSCredentials.failure("read the revoked certificates", path, count, library) }
  }

  static func failure(_ attempted: String, _ subject: String, _ result: CInt, _ library: GnuTLS) -> Failure {
    let reason = result < 0 ? String(cString: library.text(result)) : "it has none"
    return Failure(
      attempted, "\(subject) (\(reason))", .notPermitted,
      remedy: "Give PEM files by --tls-cacert, --tls-cacrl, --tls-cert and --tls-key, readable for us.")
  }
}

internal import Linux

/// The functions of GnuTLS that the channel needs. The library is opened on first use: whoever does not encrypt does not
/// map it. Types and numbers are those of gnutls/gnutls.h, which libgnutls.so.30 keeps.
struct GnuTLS: Sendable {
  typealias Handle = OpaquePointer
  typealias Text = UnsafePointer<CChar>

  let makeCredentials: @convention(c) (UnsafeMutablePointer<Handle?>) -> CInt
  let freeCredentials: @convention(c) (Handle) -> Void
  let trustSystem: @convention(c) (Handle) -> CInt
  /// Each: a PEM file, in format 1. The first gives the number of certificates.
  let trustFile: @convention(c) (Handle, Text, CInt) -> CInt
  let revokeFile: @convention(c) (Handle, Text, CInt) -> CInt
  let setKeyFiles: @convention(c) (Handle, Text, Text, CInt) -> CInt

  let makeSession: @convention(c) (UnsafeMutablePointer<Handle?>, CUnsignedInt) -> CInt
  let freeSession: @convention(c) (Handle) -> Void
  let setCredentials: @convention(c) (Handle, CInt, Handle) -> CInt
  let setDefaultPriority: @convention(c) (Handle) -> CInt
  let setSocket: @convention(c) (Handle, CInt, CInt) -> Void
  let setHandshakeTimeout: @convention(c) (Handle, CUnsignedInt) -> Void
  let requestCertificate: @convention(c) (Handle, CInt) -> Void
  let hideAuthorities: @convention(c) (Handle, CInt) -> Void
  let handshake: @convention(c) (Handle) -> CInt
  let verifyPeer: @convention(c) (Handle, Text?, UnsafeMutablePointer<CUnsignedInt>) -> CInt
  let send: @convention(c) (Handle, UnsafeRawPointer, Int) -> Int
  let receive: @convention(c) (Handle, UnsafeMutableRawPointer, Int) -> Int
  let sayGoodbye: @convention(c) (Handle, CInt) -> CInt
  let isFatal: @convention(c) (CInt) -> CInt
  let text: @convention(c) (CInt) -> Text

  static let pem: CInt = 1
  static let certificates: CInt = 1  // GNUTLS_CRD_CERTIFICATE
  static let requireCertificate: CInt = 2  // GNUTLS_CERT_REQUIRE
  static let server: CUnsignedInt = 1
  static let client: CUnsignedInt = 2
  static let noSignal: CUnsignedInt = 1 << 6
  static let closeBoth: CInt = 0  // GNUTLS_SHUT_RDWR
  static let closeSending: CInt = 1
  static let tryAgain = -28
  static let interrupted = -52
  /// The connection ended without a goodbye.
  static let prematureEnd = -110

  static func open() throws(Failure) -> GnuTLS {
    let library = try DynamicLibrary("libgnutls.so.30", package: "libgnutls30")
    return GnuTLS(
      makeCredentials: try library.function("gnutls_certificate_allocate_credentials"),
      freeCredentials: try library.function("gnutls_certificate_free_credentials"),
      trustSystem: try library.function("gnutls_certificate_set_x509_system_trust"),
      trustFile: try library.function("gnutls_certificate_set_x509_trust_file"),
      revokeFile: try library.function("gnutls_certificate_set_x509_crl_file"),
      setKeyFiles: try library.function("gnutls_certificate_set_x509_key_file"),
      makeSession: try library.function("gnutls_init"),
      freeSession: try library.function("gnutls_deinit"),
      setCredentials: try library.function("gnutls_credentials_set"),
      setDefaultPriority: try library.function("gnutls_set_default_priority"),
      setSocket: try library.function("gnutls_transport_set_int2"),
      setHandshakeTimeout: try library.function("gnutls_handshake_set_timeout"),
      requestCertificate: try library.function("gnutls_certificate_server_set_request"),
      hideAuthorities: try library.function("gnutls_certificate_send_x509_rdn_sequence"),
      handshake: try library.function("gnutls_handshake"),
      verifyPeer: try library.function("gnutls_certificate_verify_peers3"),
      send: try library.function("gnutls_record_send"),
      receive: try library.function("gnutls_record_recv"),
      sayGoodbye: try library.function("gnutls_bye"),
      isFatal: try library.function("gnutls_error_is_fatal"),
      text: try library.function("gnutls_strerror"))
  }
}

internal import Linux

private let users: CommandSet = [.dump, .preDump, .restore, .pageServer, .lazyPages]

/// Options about page servers, and about the service.
let pageServerOptions: [CommandOption] = [
  CommandOption(
    "page-server", for: [.dump, .preDump, .lazyPages], negatable: true, rpc: 11,
    help: "Send pages to a page server rather than to the images directory; lazy-pages takes them from it."
  ) { options, it in options.usesPageServer = it.isOn },
  CommandOption(
    "address", .required("ADDRESS"), for: users.union(.service), rpc: 11,
    help: "Where the page server is; for the service, the path of its socket."
  ) { options, it in options.address = it.value },
  CommandOption(
    "port", .required("NUMBER"), for: users, rpc: 11,
    help: "The page server's port. A server takes a free one for 0, or without this option, and prints it."
  ) { options, it throws(Failure) in
    // 4.2 takes any number that is not 0 and keeps 16 bits of it.
    options.port = UInt16(truncatingIfNeeded: try number(it, in: 0...Int(Int32.max)))
  },
  CommandOption(
    "ps-socket", .required("FD"), for: users, rpc: 11,
    help: "A connected socket to use in place of --address and --port."
  ) { options, it throws(Failure) in options.pageServerSocket = try descriptor(it) },
  CommandOption(
    "keep-serving", for: .pageServer, own: true,
    help: "Take one dump after another, also after one that broke, until the server is ended by a signal."
  ) { options, _ in options.keepsServing = true },
  CommandOption(
    "tls", for: users, negatable: true, rpc: 58,
    help: "Encrypt the connection."
  ) { options, it in options.usesTLS = it.isOn },
  CommandOption(
    "tls-cacert", .required("FILE"), for: users, rpc: 54,
    help: "The authority to trust, PEM; /etc/pki/CA/cacert.pem by default."
  ) { options, it in options.tlsFiles.authorities = it.value },
  CommandOption(
    "tls-cacrl", .required("FILE"), for: users, rpc: 55,
    help: "Revoked certificates, PEM; /etc/pki/CA/cacrl.pem by default."
  ) { options, it in options.tlsFiles.revoked = it.value },
  CommandOption(
    "tls-cert", .required("FILE"), for: users, rpc: 56,
    help: "Our certificate, PEM; /etc/pki/criu/cert.pem by default."
  ) { options, it in options.tlsFiles.certificate = it.value },
  CommandOption(
    "tls-key", .required("FILE"), for: users, rpc: 57,
    help: "Its key, PEM; /etc/pki/criu/private/key.pem by default."
  ) { options, it in options.tlsFiles.key = it.value },
  CommandOption(
    "tls-no-cn-verify", for: users, rpc: 59,
    help: "Do not compare the far end's certificate with --address."
  ) { options, _ in options.tlsSkipsNameCheck = true },
]

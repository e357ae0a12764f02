internal import Engine
internal import Linux

/// Options about files, devices and sockets.
let resourceOptions: [CommandOption] = [
  CommandOption(
    "file-locks", short: "l", for: .both, negatable: true, rpc: 8,
    help: "Dump and restore file locks. Every holder must be in the tree."
  ) { options, it in options.fileLocks = it.isOn },
  CommandOption(
    "link-remap", for: .both, negatable: true, rpc: 18,
    help: "Link deleted files that have other names back, for a while, where they were."
  ) { options, it in options.linkRemap = it.isOn },
  CommandOption(
    "ghost-limit", .required("SIZE"), for: .dumps, rpc: 35,
    help: "The largest deleted file that images carry, K, M and G allowed; 1M by default."
  ) { options, it throws(Failure) in options.ghostLimitByteCount = try byteCount(it) },
  CommandOption(
    "ghost-fiemap", for: .dumps, negatable: true,
    help: "Find the holes of deleted files with fewer calls. On by default."
  ) { options, it in options.ghostFilesByFiemap = it.isOn },
  CommandOption(
    "evasive-devices", for: .dump, negatable: true, rpc: 6,
    help: "Name a device by any path to it where its own is gone."
  ) { options, it in options.evasiveDevices = it.isOn },
  CommandOption(
    "file-validation", .required("MODE"), for: .both,
    help: "How a restore knows a file again: filesize, or buildid (the default), which falls back to the size."
  ) { options, it throws(Failure) in options.fileValidation = try word(it) },
  CommandOption(
    "skip-file-rwx-check", for: .restore, negatable: true, rpc: 66,
    help: "Take files whose permission bits have changed."
  ) { options, it in options.skipsFileModeCheck = it.isOn },
  CommandOption(
    "force-irmap", for: .dumps, negatable: true, rpc: 21,
    help: "Search the paths of inodes that inotify and fanotify watch."
  ) { options, it in options.forcesInodeMap = it.isOn },
  CommandOption(
    "irmap-scan-path", .required("DIR"), for: .dumps, rpc: 36,
    help: "Search watched inodes below DIR. May be repeated."
  ) { options, it in options.inodeMapPaths.append(it.value ?? "") },
  CommandOption(
    "inherit-fd", .required("fd[N]:RESOURCE"), for: .restore, rpc: 27,
    help: """
      Put our open descriptor N in the place of RESOURCE: tty[rdev:dev], pipe:[inode], socket:[inode], \
      file[mnt_id:inode], a path, or the name of an external one.
      """
  ) { options, it throws(Failure) in options.inherited.append(try inherited(it)) },
  CommandOption(
    "external", .required("TYPE[ID]:VALUE"), for: .both, rpc: 37,
    help: "A resource from outside of the tree; TYPE is file, tty, unix, mnt, dev, net, pid, veth or macvlan."
  ) { options, it throws(Failure) in
    guard let resource = ExternalResource(it.value ?? "") else {
      let kinds = ExternalResource.Kind.allCases.map(\.rawValue).joined(separator: ", ")
      throw it.wrong("Write it as TYPE[ID] or TYPE[ID]:VALUE, where TYPE is one of: \(kinds).")
    }
    options.external.append(resource)
  },
  CommandOption(
    "ext-unix-sk", short: "x", .optional("INODE,..."), for: .both, rpc: 4,
    help: "Unix sockets may be connected to ones outside of the tree: to these, or to any."
  ) { options, it throws(Failure) in
    options.sockets.externalUnix = true
    for text in commaSeparated(it.value ?? "") {
      guard let inode = UInt32(text) else { throw it.wrong("Give it inode numbers with commas between them.") }
      options.sockets.externalUnixInodes.append(inode)
    }
  },
  CommandOption(
    "tcp-established", for: .both, negatable: true, rpc: 5,
    help: "Carry established TCP connections over."
  ) { options, it in options.sockets.tcpEstablished = it.isOn },
  CommandOption(
    "tcp-close", for: .both, negatable: true, rpc: 52,
    help: "Restore TCP connections closed rather than carry them over."
  ) { options, it in options.sockets.tcpClose = it.isOn },
  CommandOption(
    "skip-in-flight", for: .dump, negatable: true, rpc: 46,
    help: "Leave TCP connections out that are not established yet."
  ) { options, it in options.sockets.skipInFlight = it.isOn },
  CommandOption(
    "network-lock", .required("MODE"), for: .both, rpc: 64,
    help: "How packets are dropped from dump to restore: iptables (the default), nftables or skip."
  ) { options, it throws(Failure) in
    let modes: [String: SocketOptions.NetworkLock] = ["iptables": .iptables, "nftables": .nftables, "skip": .skip]
    guard let mode = modes[it.value ?? ""] else { throw it.wrong("It takes one of: iptables, nftables, skip.") }
    options.sockets.networkLock = mode
  },
]

/// fd[N]:RESOURCE
private func inherited(
  _ it: CommandOption.Occurrence
) throws(Failure) -> RestoreOptions.InheritedDescriptor {
  let wrong = it.wrong("Write it as fd[N]:RESOURCE, where N is the number of an open descriptor.")
  guard let text = it.value, text.hasPrefix("fd["), let close = text.firstIndex(of: "]"),
    let number = Int32(text[..<close].dropFirst(3)), number >= 0
  else { throw wrong }
  let rest = text[text.index(after: close)...]
  guard rest.first == ":", rest.count > 1 else { throw wrong }
  return RestoreOptions.InheritedDescriptor(descriptor: number, resource: String(rest.dropFirst()))
}

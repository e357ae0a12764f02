internal import Linux

private let noMounts = "mount namespaces are not restored yet"
private let noNetwork = "network namespaces are not restored yet"

/// Options about mounts, network devices and other namespaces.
let namespaceOptions: [CommandOption] = [
  CommandOption(
    "root", short: "r", .required("DIR"), for: .both, rpc: 13,
    built: false, lacking: noMounts,
    help: "The root of a tree with a mount namespace of its own; a mount point."
  ) { options, it in options.root = it.value },
  CommandOption(
    "skip-mnt", .required("PATH"), for: .dump, rpc: 31,
    built: false, lacking: noMounts,
    help: "Leave the mount at PATH out. May be repeated."
  ) { options, it in options.skippedMounts.append(it.value ?? "") },
  CommandOption(
    "enable-fs", .required("FS,..."), for: .dump, rpc: 32,
    built: false, lacking: noMounts,
    help: "Dump mounts of these filesystems by their options alone; all for any. May not restore what it was."
  ) { options, it in options.enabledFilesystems += commaSeparated(it.value ?? "") },
  CommandOption(
    "ext-mount-map", short: "M", .required("KEY:VALUE"), for: .both, rpc: 23,
    built: false, lacking: noMounts, deprecated: true,
    help: "The older form of --external mnt[KEY]:VALUE; auto for --external mnt[]."
  ) { options, it throws(Failure) in
    if it.value == "auto" {
      options.autoExternalMounts = true
    } else {
      options.externalMounts.append(try pair(it, ":", form: "KEY:VALUE, or auto"))
    }
  },
  CommandOption(
    "enable-external-sharing", for: .dump, rpc: 29,
    built: false, lacking: noMounts,
    help: "With --ext-mount-map auto, take shared mounts too."
  ) { options, _ in options.allowsExternalSharing = true },
  CommandOption(
    "enable-external-masters", for: .dump, rpc: 30,
    built: false, lacking: noMounts,
    help: "With --ext-mount-map auto, take mounts that follow outside ones too."
  ) { options, _ in options.allowsExternalMasters = true },
  CommandOption(
    "lsm-mount-context", .required("CONTEXT"), for: .restore, rpc: 63,
    help: "Mount with this selinux context wherever the images have one."
  ) { options, it in options.securityMountContext = it.value },
  CommandOption(
    "mntns-compat-mode", for: .restore, negatable: true, rpc: 65,
    built: false, lacking: noMounts,
    help: "Restore mounts the way that needs no move_mount of groups."
  ) { options, it in options.compatibleMountEngine = it.isOn },
  CommandOption(
    "empty-ns", .required("net"), for: .both, rpc: 38,
    built: false, lacking: noNetwork,
    help: "Leave the contents of the network namespace out; an action script fills the restored one."
  ) { options, it throws(Failure) in
    guard it.value == "net" else { throw it.wrong("Only net can be left empty.") }
    options.emptyNetworkNamespace = true
  },
  CommandOption(
    "veth-pair", .required("IN=OUT"), for: .restore, rpc: 19,
    built: false, lacking: noNetwork, deprecated: true,
    help: "The older form of --external veth[IN]:OUT."
  ) { options, it throws(Failure) in
    let names = try pair(it, "=", form: "IN=OUT")
    options.virtualEthernetPairs.append((names.key, names.value))
  },
  CommandOption(
    "join-ns", short: "J", .required("NS:WHERE"), for: .restore, rpc: 39,
    help: "Restore into the ipc, net, time or uts namespace of a pid or a file: net:123, uts:/run/NAME."
  ) { options, it throws(Failure) in options.joinedNamespaces.append(try joined(it)) },
  CommandOption(
    "weak-sysctls", for: .restore, negatable: true, rpc: 47,
    built: false, lacking: "sysctls of namespaces are not restored yet",
    help: "Go on where this kernel has no such sysctl."
  ) { options, it in options.weakSysctls = it.isOn },
]

/// NS:{PID|FILE}; EXTRA after a comma is of user namespaces only.
private func joined(_ it: CommandOption.Occurrence) throws(Failure) -> Options.JoinedNamespace {
  let parts = try pair(it, ":", form: "NS:PID or NS:FILE")
  guard parts.key != "user" else {
    throw it.wrong("A user namespace takes the rights that a restore needs: run criu in it (nsenter --user).")
  }
  let joinable: [NamespaceKind] = [.ipc, .net, .time, .uts]
  guard let kind = joinable.first(where: { $0.rawValue == parts.key }) else {
    throw it.wrong("NS is one of: \(joinable.map(\.rawValue).joined(separator: ", ")).")
  }
  guard !parts.value.isEmpty else { throw it.wrong("Name a pid or a file after the colon.") }
  return Options.JoinedNamespace(kind: kind, target: parts.value)
}

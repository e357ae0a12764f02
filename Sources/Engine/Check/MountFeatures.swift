internal import Linux

/// What mounts can do, tried on a filesystem of its own in a mount namespace of its own.
let mountFeatures: [Feature] = [
  Feature("move_mount_set_group", .specific, "groups of shared mounts") { () throws(Failure) in
    try inOwnMounts { root throws(Failure) in
      try makeDirectory(root + "/a")
      try makeDirectory(root + "/b")
      let bind = 0x1000, makePrivate = 1 << 18, makeShared = 1 << 20, setGroup = 0x100
      try mount("tmpfs", root + "/a", "tmpfs")
      try mount("", root + "/a", "", makeShared)
      try mount(root + "/a", root + "/b", "", bind)
      try mount("", root + "/b", "", makePrivate)
      try Trial.withText(root + "/a") { from throws(Failure) in
        try Trial.withText(root + "/b") { to throws(Failure) in
          let here = Int(File.workingDirectory)
          try Trial.call("give a mount the group of another", ProbeCall.moveMount, here, from, here, to, setGroup)
        }
      }
    }
  },
  Feature("overlayfs_maps", .specific, "files of an overlay that are mapped") { () throws(Failure) in
    try inOwnMounts { root throws(Failure) in
      for name in ["lower", "upper", "work", "all"] { try makeDirectory("\(root)/\(name)") }
      let create = 0o102
      let below = try Trial.openPath(root + "/lower/file", flags: create)
      var page = [UInt8](repeating: 1, count: 4096)
      try Trial.withBytes(&page) { page throws(Failure) in try Trial.call("write", ProbeCall.write, below, page, 4096) }
      let data = "lowerdir=\(root)/lower,upperdir=\(root)/upper,workdir=\(root)/work"
      try mount("overlay", root + "/all", "overlay", 0, data)
      let file = try Trial.openPath(root + "/all/file")
      let readOnly = 1, privateFlag = 2
      let start = try Trial.call("map a file", ProbeCall.mmap, 0, 4096, readOnly, privateFlag, file, 0)
      let mapped = try identity("/proc/self/map_files/\(Trial.hex(start))-\(Trial.hex(start + 4096))")
      guard try mapped == identity(root + "/all/file") else {
        throw Trial.missing("know a mapped file of an overlay again")
      }
    }
  },
  Feature("autofs", .experimental, "automount points") { () throws(Failure) in
    try inOwnMounts { root throws(Failure) in
      try makeDirectory(root + "/auto")
      let (_, writer) = try Trial.makePipe()
      let data = "fd=\(writer),pgrp=\(try processGroup()),minproto=5,maxproto=5,direct"
      try mount("probe", root + "/auto", "autofs", 0, data)
      guard try readText("/proc/self/mountinfo").contains("pipe_ino=") else {
        throw Trial.missing("find the pipe of an automount point")
      }
    }
  },
]

/// Runs `body` in a child with mounts of its own.
///
/// - Parameter body: Gets the path of an empty filesystem.
func inOwnMounts(_ body: (_ root: String) throws(Failure) -> Void) throws(Failure) {
  try Trial.inChild { () throws(Failure) in
    let newMounts = 0x20000, privateTree = 1 << 18 | 1 << 14
    try Trial.call("make a mount namespace", ProbeCall.unshare, newMounts)
    try mount("", "/", "", privateTree)
    for root in ["/tmp", "/mnt", "/run", "/var"] {
      do throws(Failure) { try mount("tmpfs", root, "tmpfs") } catch {
        if error.errno == .noEntry { continue }
        throw error
      }
      return try body(root)
    }
    throw Trial.missing("find a place for a mount")
  }
}

private func mount(
  _ source: String, _ target: String, _ type: String, _ flags: Int = 0, _ data: String = ""
) throws(Failure) {
  try Trial.withText(source) { source throws(Failure) in
    try Trial.withText(target) { target throws(Failure) in
      try Trial.withText(type) { typeText throws(Failure) in
        try Trial.withText(data) { data throws(Failure) in
          try Trial.call(
            "mount \(type.isEmpty ? "anew" : type)", ProbeCall.mount, source, target, typeText, flags, data)
        }
      }
    }
  }
}

private func makeDirectory(_ path: String) throws(Failure) {
  try Trial.withText(path) { path throws(Failure) in try Trial.call("make a directory", ProbeCall.mkdir, path, 0o755) }
}

/// Device and inode (struct stat).
private func identity(_ path: String) throws(Failure) -> [UInt64] {
  var status = [UInt64](repeating: 0, count: 18)
  try Trial.withBytes(&status) { status throws(Failure) in
    try Trial.withText(path) { path throws(Failure) in try Trial.call("look at \(path)", ProbeCall.stat, path, status) }
  }
  return Array(status[0..<2])
}

private func processGroup() throws(Failure) -> Int { try Trial.call("find the process group", ProbeCall.getpgid, 0) }

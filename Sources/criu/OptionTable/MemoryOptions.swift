internal import Linux

/// Options about memory and about where pages go.
let memoryOptions: [CommandOption] = [
  CommandOption(
    "memory-read", .required("HOW"), for: .dump, own: true,
    help: """
      How memory is read: vmsplice (the default), where the task gives its pages from inside, through a pipe or by \
      writing them into the image itself; or readv, from outside, where every page is copied once more.
      """
  ) { options, it throws(Failure) in options.memoryRead = try word(it) },
  CommandOption(
    "snapshot", for: .dump, own: true,
    help: """
      With --leave-running: copy the tree (copy-on-write) while it is stopped, let it run on at once, and write its memory \
      from the copies. What the tree writes meanwhile needs memory of its own: where that runs short, the tree is \
      stopped longer.
      """
  ) { options, _ in options.takesSnapshot = true },
  CommandOption(
    "track-mem", for: .dumps, negatable: true, rpc: 15,
    help: "Keep track of what the tree writes, for the next dump."
  ) { options, it in options.tracksMemory = it.isOn },
  CommandOption(
    "prev-images-dir", .required("DIR"), for: [.dump, .preDump, .pageServer, .restore], rpc: 14,
    help: """
      Leave pages to the images in DIR where they did not change since; in a restore from a stream, those that it leaves \
      to others are there. Relative to the images directory.
      """
  ) { options, it in options.parentImages = it.value },
  CommandOption(
    "pre-dump-mode", .required("MODE"), for: .preDump, rpc: 61,
    help: "splice (the default): pages are taken while the tree is stopped; read: after it runs again."
  ) { options, it throws(Failure) in options.preDumpMode = try word(it) },
  CommandOption(
    "auto-dedup", for: [.dump, .preDump, .restore, .pageServer], negatable: true, rpc: 16,
    help: """
      Drop pages from parent images that are written anew, once the new set is whole and on the disk; on restore, those \
      that are restored, once the tree runs.
      """
  ) { options, it in options.autoDeduplicates = it.isOn },
  CommandOption(
    "lazy-pages", for: [.dump, .restore, .pageServer], rpc: 48,
    help: "Leave memory out, and serve it to the restored tree when it touches it."
  ) { options, _ in options.lazyPages = true },
  CommandOption(
    "zstd", .optional("LEVEL"), for: .dump, own: true,
    help: """
      Compress memory, removed files and archives with zstd: 1 (fastest) to 19, 3 by default. Restore recognises such a \
      set by itself.
      """
  ) { options, it throws(Failure) in options.zstdLevel = try it.value == nil ? 3 : number(it, in: 1...19) },
  CommandOption(
    "progress-fd", .required("FD"), for: .both, own: true,
    help: """
      Write to FD how far the dump or the restore is, a line of JSON five times a second: bytes, total, seconds, bytes_per_second, \
      seconds_left, done.
      """
  ) { options, it throws(Failure) in options.progressDescriptor = try descriptor(it) },
  CommandOption(
    "stream", for: [.dump, .preDump, .restore, .cpuinfo, .checkImages], negatable: true,
    help: "Give images to criu-image-streamer, or take them from it, by its socket in the images directory."
  ) { options, it in options.streams = it.isOn },
  CommandOption(
    "shard-fds", .required("FD[,FD...]"), for: [.dump, .preDump, .restore, .checkImages], own: true,
    help: """
      Give images to these descriptors, or take them from these, as one stream in the format of criu-image-streamer. \
      1 in a dump and 0 in a restore make criu part of a pipeline.
      """
  ) { options, it throws(Failure) in options.shardDescriptors = try shards(it) },
  CommandOption(
    "prev-shard-fds", .required("FD[,FD...]"), for: .restore, own: true,
    help: """
      A stream that the one of --shard-fds or --stream leaves pages to. Given again: what this one leaves pages to. The \
      last may leave pages to --prev-images-dir.
      """
  ) { options, it throws(Failure) in options.parentShardDescriptors.append(try shards(it)) },
]

private func shards(_ it: CommandOption.Occurrence) throws(Failure) -> [CInt] {
  var numbers: [CInt] = []
  for item in it.value?.split(separator: ",", omittingEmptySubsequences: false) ?? [] {
    guard let number = CInt(item), number >= 0, !numbers.contains(number) else {
      throw it.wrong("Give it numbers of open descriptors with commas between, each once.")
    }
    numbers.append(number)
  }
  return numbers
}

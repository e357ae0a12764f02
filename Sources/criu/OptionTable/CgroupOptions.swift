internal import Engine
internal import Linux

/// Options about cgroups.
let cgroupOptions: [CommandOption] = [
  CommandOption(
    "manage-cgroups", .optional("MODE"), for: .both, rpc: 34,
    help: """
      What to do with cgroups: ignore, none (they must be there), props, soft (the default), full, strict (they must \
      not be there).
      """
  ) { options, it throws(Failure) in
    let modes: [String: CgroupMode] = [
      "ignore": .ignore, "none": .none, "props": .properties, "soft": .soft, "full": .full, "strict": .strict,
    ]
    guard let mode = modes[it.value ?? "soft"] else {
      throw it.wrong("It takes one of: ignore, none, props, soft, full, strict.")
    }
    options.cgroups.mode = mode
  },
  CommandOption(
    "cgroup-root", .required("[CONTROLLER:]/DIR"), for: .both, rpc: 25,
    help: "Another root for this controller's cgroups, or for all. May be repeated."
  ) { options, it throws(Failure) in
    let value = it.value ?? ""
    if value.first == "/" {
      options.cgroups.roots.append((nil, value))
    } else {
      let root = try pair(it, ":", form: "[CONTROLLER:]/DIR")
      options.cgroups.roots.append((root.key, root.value))
    }
  },
  CommandOption(
    "cgroup-props", .required("SPEC"), for: .dump, rpc: 41,
    help: "More properties of controllers to dump, as YAML."
  ) { options, it in
    // A shell's double quotes leave \n as it is.
    options.cgroups.properties = it.value?.replacing("\\n", with: "\n")
  },
  CommandOption(
    "cgroup-props-file", .required("FILE"), for: .dump, rpc: 42,
    help: "The same from FILE."
  ) { options, it in options.cgroups.propertiesFile = it.value },
  CommandOption(
    "cgroup-dump-controller", .required("NAME"), for: .dump, rpc: 43,
    help: "Dump this controller only. May be repeated."
  ) { options, it in options.cgroups.onlyControllers.append(it.value ?? "") },
  CommandOption(
    "cgroup-yard", .required("DIR"), for: .both, rpc: 60,
    help: "Find the cgroup mounts in DIR rather than mount them."
  ) { options, it in options.cgroups.yard = it.value },
]

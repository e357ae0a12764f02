internal import Linux

/// Options of `check`.
let checkOptions: [CommandOption] = [
  CommandOption("extra", for: .check, negatable: true, help: "Try what only some trees need too.") { options, it in
    options.checksExtra = it.isOn
  },
  CommandOption("experimental", for: .check, negatable: true, help: "Try what is experimental too.") { options, it in
    options.checksExperimental = it.isOn
  },
  CommandOption("all", for: .check, negatable: true, help: "Try everything.") { options, it in
    options.checksAll = it.isOn
  },
  CommandOption(
    "feature", .required("NAME"), for: .check,
    help: "Try only this feature; list prints the names. May be repeated."
  ) { options, it in options.features.append(it.value ?? "") },
  CommandOption("ms", for: .check, deprecated: true, help: "Gone; see --extra and --all.") { _, it throws(Failure) in
    throw Failure(
      "use the option", it.spelled, .notSupported, remedy: "It is deprecated: use --extra, --experimental or --all.")
  },
]

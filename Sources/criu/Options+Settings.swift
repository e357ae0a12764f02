internal import Engine
internal import Linux

extension Options {
  /// Applies settings in their order, then refuses what `command` would be asked for and cannot do.
  init(_ settings: [Setting], for command: Command?) throws(Failure) {
    var inForce: [String: Setting] = [:]
    for setting in settings {
      do throws(Failure) {
        try setting.option.apply(&self, setting.occurrence)
      } catch {
        throw setting.place.map { error.during("reading \($0)") } ?? error
      }
      inForce[setting.option.name] = setting.occurrence.isOn ? setting : nil
    }
    guard let command else { return }
    for option in OptionTable.all where !option.built && option.commands.contains(command.set) {
      guard let setting = inForce[option.name] else { continue }
      let failure = Failure(
        "use the option", setting.occurrence.text, .notSupported,
        remedy: "Leave it out, or use another engine for this: \(option.lacking).")
      throw setting.place.map { failure.during("reading \($0)") } ?? failure
    }
    if command == .dump || command == .restore { try refuseValuesNotBuilt() }
    if command == .restore { try refuseLabels() }
  }

  /// Images go to a stream, or come from one.
  var usesStream: Bool { streams || !shardDescriptors.isEmpty }

  /// Of options that do what they say for some values only.
  private func refuseValuesNotBuilt() throws(Failure) {
    for resource in external where ![.file, .terminal, .unixSocket].contains(resource.kind) {
      throw Failure(
        "use the option", "--external \(resource.key)", .notSupported,
        remedy: "Leave it out, or use another engine for this: namespaces are not restored yet.")
    }
  }

  /// Labels of tasks and of mounts.
  private func refuseLabels() throws(Failure) {
    if let (module, name) = securityProfile {
      try refuse("--lsm-profile \(module):\(name)", of: module, "security labels are not restored yet")
    }
    if let context = securityMountContext {
      try refuse("--lsm-mount-context \(context)", of: .selinux, "mount namespaces are not restored yet")
    }
  }

  private func refuse(_ option: String, of module: SecurityModule, _ lacking: String) throws(Failure) {
    throw Failure(
      "use the option", option, .notSupported,
      remedy: try module.isInForce()
        ? "Leave it out, or use another engine for this: \(lacking)."
        : "Leave it out, or restore on a kernel with \(module): this one does not have it, or not in force.")
  }
}

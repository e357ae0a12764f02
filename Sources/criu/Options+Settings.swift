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
}

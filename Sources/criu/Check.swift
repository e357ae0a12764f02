internal import Engine
internal import Linux

/// `criu check`: tries what the kernel can do.
enum Check {
  /// - Returns: The exit status: 0 only when nothing is missing.
  static func run(_ session: Session) throws(Failure) -> CInt {
    if session.options.features.contains("list") {
      try writeText(Feature.all.map(\.name).joined(separator: "\n") + "\n")
      return 0
    }
    if !session.options.features.isEmpty { return try checkNamed(session) }
    return try checkCategories(session)
  }

  private static func checkNamed(_ session: Session) throws(Failure) -> CInt {
    var features: [Feature] = []
    for name in session.options.features {
      guard let feature = Feature.named(name) else {
        throw Failure(
          "check the feature", name, .invalid,
          remedy: "There is no such feature: criu check --feature list prints the names.")
      }
      features.append(feature)
    }
    var status: CInt = 0
    for feature in features {
      do throws(Failure) {
        try feature.check()
        try writeText("\(feature.name) is supported\n")
      } catch {
        session.log.error(error)
        status = 1
      }
    }
    return status
  }

  private static func checkCategories(_ session: Session) throws(Failure) -> CInt {
    let options = session.options
    var missesRequired = false, missesOther = false
    for feature in Feature.all {
      let isWanted =
        switch feature.category {
        case .required: true
        case .specific: options.checksExtra || options.checksAll
        case .experimental: options.checksExperimental || options.checksAll
        case .named: false
        }
      guard isWanted else { continue }
      session.log.debug("Trying \(feature.name)")
      do throws(Failure) { try feature.check() } catch {
        if feature.category == .required {
          session.log.error(error)
          missesRequired = true
        } else {
          session.log.warning(error.summary)
          missesOther = true
        }
      }
    }
    try writeText(verdict(missesRequired, missesOther))
    return missesRequired || missesOther ? 1 : 0
  }

  private static func verdict(_ missesRequired: Bool, _ missesOther: Bool) -> String {
    if missesRequired { return "Does not look good.\n" }
    if !missesOther { return "Looks good.\n" }
    return "Looks good but some kernel features are missing\n"
      + "so that trees which need them cannot be dumped or restored.\n"
  }
}

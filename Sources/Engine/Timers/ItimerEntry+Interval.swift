internal import CParasite
internal import Images

extension ItimerEntry {
  /// - Parameter time: In microseconds.
  init(_ time: state_interval) {
    self.init()
    isec = UInt64(bitPattern: time.interval_seconds)
    iusec = UInt64(bitPattern: time.interval_units)
    vsec = UInt64(bitPattern: time.value_seconds)
    vusec = UInt64(bitPattern: time.value_units)
  }

  var interval: state_interval {
    state_interval(
      interval_seconds: Int64(bitPattern: isec), interval_units: Int64(bitPattern: iusec),
      value_seconds: Int64(bitPattern: vsec), value_units: Int64(bitPattern: vusec))
  }
}

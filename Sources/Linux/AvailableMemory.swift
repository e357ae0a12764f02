/// Bytes that the machine can give without swapping (/proc/meminfo, MemAvailable).
public func availableMemory() throws(Failure) -> Int {
  (try number(after: "MemAvailable:", in: "/proc/meminfo") ?? .max >> 10) << 10
}

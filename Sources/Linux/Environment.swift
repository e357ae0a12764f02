internal import Glibc

/// The value of a variable of our environment (environ(7)), `nil` where there is none.
public func environmentValue(_ name: String) -> String? { getenv(name).map { String(cString: $0) } }

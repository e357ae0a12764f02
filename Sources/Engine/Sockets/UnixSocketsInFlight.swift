/// Sockets of this task to which files are in flight: their queues wait for the step in which every file exists.
final class UnixSocketsInFlight: KindState {
  var makers: [UnixSocketMaker] = []

  init() {}
}

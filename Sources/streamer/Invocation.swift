internal import Linux

/// One run of the program.
enum Invocation {
  /// - Returns: 0 when all was done; 1 when not, with the reason on stderr.
  static func run() -> CInt {
    do throws(Failure) {
      let request = try Request(try programArguments())
      switch request.action {
      case .help: try writeText(Request.usage)
      case .version: try writeText("criu-image-streamer 1.0.0\n")
      case .capture: try capture(request)
      case .serve: try serve(request)
      case .extract: try extract(request)
      }
      return 0
    } catch {
      // Nobody is left to tell where stderr is gone.
      do throws(Failure) { try writeText("criu-image-streamer Error: \(error)\n", to: 2) } catch {}
      return 1
    }
  }
}

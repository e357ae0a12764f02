internal import Linux
internal import Streams

/// What `criu check-images` prints: a line an image, and in the end how many they are. All that is wrong goes to the log.
final class ImageList {
  private let log: Log
  private(set) var isWhole = true
  private var imageCount = 0
  private var byteCount = 0

  init(log: Log) { self.log = log }

  func attempt(_ body: () throws(Failure) -> Void) {
    do throws(Failure) { try body() } catch { fail(error) }
  }

  func fail(_ failure: Failure) {
    log.error(failure)
    isWhole = false
  }

  func add(_ file: String, _ contents: ImageContents) throws(Failure) {
    imageCount += 1
    byteCount += contents.byteCount
    let records = contents.recordCount.map { "\($0)" } ?? "-"
    try writeText("\(padded(file, 32)) \(padded(records, -8)) \(padded("\(contents.byteCount)", -14))\n")
  }

  func finish(_ how: String) throws(Failure) { try writeText("\(imageCount) images, \(byteCount) bytes, \(how)\n") }
}

/// - Parameter width: Negative to fill up on the left.
private func padded(_ text: String, _ width: Int) -> String {
  let fill = String(repeating: " ", count: max(abs(width) - text.utf8.count, 0))
  return width < 0 ? fill + text : text + fill
}

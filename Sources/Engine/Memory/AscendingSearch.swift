extension Array {
  /// The first of the elements that ends above an address, or `count`. They ascend, and none overlaps another.
  func firstIndex(endingAbove address: UInt64, end: (Element) -> UInt64) -> Int {
    var low = 0
    var high = count
    while low < high {
      let middle = (low + high) / 2
      if end(self[middle]) <= address { low = middle + 1 } else { high = middle }
    }
    return low
  }
}

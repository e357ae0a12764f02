import Streams
import Testing

@testable import Engine

private let page = UInt64(pageSize)

/// Pages by number: `(first, count)`.
private func missing(_ runs: (UInt64, Int)...) -> MissingPages {
  MissingPages(runs.map { PageRun(address: $0.0 * page, pageCount: $0.1, flags: .lazy) })
}

/// "now<-dumped+count", all in pages.
private func text(_ pieces: [MissingPages.Piece]) -> String {
  pieces.map { "\($0.address / page)<-\($0.source / page)+\($0.pageCount)" }.joined(separator: " ")
}

@Test func takingCutsPiecesAtBothEnds() {
  var pages = missing((10, 10), (30, 2))
  #expect(text(pages.take(12 * page..<31 * page)) == "12<-12+8 30<-30+1")
  #expect(text(pages.pieces) == "10<-10+2 31<-31+1")
  #expect(pages.contains(11 * page) && !pages.contains(12 * page) && pages.contains(31 * page))
  #expect(pages.take(12 * page..<31 * page).isEmpty)
}

@Test func movedPagesKeepTheirSource() {
  var pages = missing((10, 10), (30, 2))
  pages.move(from: 15 * page, to: 31 * page, byteCount: 5 * page)
  // What was at 31 is unmapped by the move.
  #expect(text(pages.pieces) == "10<-10+5 30<-30+1 31<-15+5")
  pages.move(from: 31 * page, to: 2 * page, byteCount: page)
  #expect(text(pages.pieces) == "2<-15+1 10<-10+5 30<-30+1 32<-16+4")
}

@Test func piecesPutBackAreNotThereTwice() {
  var pages = missing((10, 10))
  let taken = pages.take(12 * page..<14 * page)
  pages.insert(taken)
  pages.insert(taken)
  #expect(pages.byteCount == 10 * pageSize)
  #expect(text(pages.take(0..<100 * page)) == "10<-10+2 12<-12+2 14<-14+6")
}

@Test func takingTheFirstGoesOverGapsUpToItsSize() {
  var pages = missing((10, 2), (20, 2), (30, 9))
  #expect(text(pages.takeFirst(from: 11 * page, to: .max, byteCount: 4 * pageSize)) == "11<-11+1 20<-20+2 30<-30+1")
  #expect(text(pages.takeFirst(from: 0, to: 32 * page, byteCount: 100 * pageSize)) == "10<-10+1 31<-31+1")
  #expect(text(pages.pieces) == "32<-32+7")
}

@Test func neighboursOfTheLastFaultComeFirst() {
  var pages = missing((0, 10_000))
  var order = BackgroundOrder()
  order.noteFault(at: 2000 * page)
  order.noteFault(at: 5000 * page)
  #expect(order.next(from: &pages).first?.address == (5000 - 8) * page)
  // It goes on where it was, and does not begin anew for a fault next to that.
  let next = order.next(from: &pages).first!.address
  #expect(next == (5000 + 8) * page)
  var seen: [UInt64] = []
  while let piece = order.next(from: &pages).first { seen.append(piece.address / page) }
  // After 2 MiB behind the last fault, the one before, then from the beginning.
  #expect(seen.firstIndex(of: 2000 - 8)! < seen.firstIndex(of: 0)!)
  #expect(pages.isEmpty)
}

@Test func piecesGrowWhileNobodyWaits() {
  var pages = missing((0, 10_000))
  var order = BackgroundOrder()
  var sizes: [Int] = []
  for _ in 0..<6 { sizes.append(order.next(from: &pages).reduce(0) { $0 + $1.byteCount } >> 10) }
  #expect(sizes == [64, 128, 256, 512, 1024, 1024])
  order.noteFault(at: 9999 * page)
  #expect(order.byteCount == BackgroundOrder.smallest)
}

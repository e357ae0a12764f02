internal import Linux

let timerFeatures: [Feature] = [
  Feature("timer_cr_ids", .specific, "restoring a timer with one call") { () throws(Failure) in
    try Trial.inChild { () throws(Failure) in
      let restoreTimerIDs = 77, on = 1, monotonic = 1
      try Trial.call("ask for timers with chosen numbers", ProbeCall.prctl, restoreTimerIDs, on)
      var number: [Int32] = [41]
      try Trial.withBytes(&number) { number throws(Failure) in
        try Trial.call("make a timer", ProbeCall.timerCreate, monotonic, 0, number)
      }
      guard number == [41] else { throw Trial.missing("choose the number of a timer") }
    }
  }
]

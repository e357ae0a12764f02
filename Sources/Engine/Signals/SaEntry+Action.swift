internal import CParasite
internal import Images

extension SaEntry {
  init(_ action: state_sigaction) {
    self.init()
    sigaction = action.handler
    flags = action.flags
    restorer = action.restorer
    mask = action.mask
    compatSigaction = false
  }

  var action: state_sigaction { state_sigaction(handler: sigaction, flags: flags, restorer: restorer, mask: mask) }
}

internal import Linux

ignoreBrokenPipes()
exitNow(Invocation.run())

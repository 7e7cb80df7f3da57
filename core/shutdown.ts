/**
 * Resolves on the first SIGTERM or SIGINT, or when the parent goes away: a process of the stack
 * that lost its supervisor ends by itself instead of running on unwatched.
 *
 * @param parentPid watched once a second; omit for a process started by hand.
 */
export function untilShutdown(parentPid?: number): Promise<string> {
  return new Promise((resolve) => {
    const timer =
      parentPid === undefined
        ? undefined
        : setInterval(() => {
            if (process.ppid !== parentPid) done('the supervisor is gone')
          }, 1_000)
    const done = (reason: string) => {
      clearInterval(timer)
      resolve(reason)
    }
    process.once('SIGTERM', () => done('SIGTERM'))
    process.once('SIGINT', () => done('SIGINT'))
  })
}

/** Time as a dependency: milliseconds since the epoch, and calls in the future that can be taken back. */
export const systemClock = {
  now: () => Date.now(),
  after(ms, run) {
    const timer = setTimeout(run, ms)
    return () => clearTimeout(timer)
  },
}

/**
 * While it is open, the first Ctrl-C or SIGTERM aborts a signal instead of ending the process; the
 * second one ends it, so that nobody is held captive by a clean-up.
 */
export interface Interrupt extends Disposable {
  readonly signal: AbortSignal
}

/** The part of `process` that hears signals. */
export interface SignalSource {
  on(name: 'SIGINT' | 'SIGTERM', listener: () => void): unknown
  off(name: 'SIGINT' | 'SIGTERM', listener: () => void): unknown
}

export function catchInterrupt(source: SignalSource): Interrupt {
  const controller = new AbortController()
  const release = () => {
    source.off('SIGINT', abort)
    source.off('SIGTERM', abort)
  }
  const abort = () => {
    release()
    controller.abort()
  }
  source.on('SIGINT', abort)
  source.on('SIGTERM', abort)
  return { signal: controller.signal, [Symbol.dispose]: release }
}

import { once } from 'node:events'

/** Asks carriers how long a parcel takes. */
export function createEstimates({ link, timeoutMs, closing }) {
  const pending = new Set()
  let numbers = 0

  return {
    async ask({ parcel, weight, to }) {
      const number = ++numbers
      const done = new AbortController()
      const stop = () => done.abort()
      const timer = setTimeout(stop, timeoutMs)
      closing.addEventListener('abort', stop)
      pending.add(number)
      try {
        link.send({ number, parcel, weight, to })
        for (;;) {
          const [answer] = await once(link, 'answer', { signal: done.signal })
          if (answer.number === number) return { parcel, to, days: answer.days }
        }
      } catch (error) {
        if (error.name !== 'AbortError') throw error
      } finally {
        clearTimeout(timer)
        closing.removeEventListener('abort', stop)
        pending.delete(number)
      }
    },
    get inFlight() {
      return pending.size
    },
  }
}

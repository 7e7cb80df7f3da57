/** Long polls: whoever asks for the next event of a parcel waits here. */
export function createWaiters({ bus }) {
  const waiting = new Map()

  bus.on('event', (event) => {
    for (const answer of [...(waiting.get(event.parcel) ?? [])]) answer(event)
  })

  return {
    /** The parcel's next event, or undefined when there is none for `ms` milliseconds or `gone` aborts. */
    next(parcel, ms, gone) {
      return new Promise((resolve) => {
        const answer = (event) => {
          clearTimeout(timer)
          const others = waiting.get(parcel)
          others.delete(answer)
          if (others.size === 0) waiting.delete(parcel)
          resolve(event)
        }
        const timer = setTimeout(answer, ms)
        if (!waiting.has(parcel)) waiting.set(parcel, new Set())
        waiting.get(parcel).add(answer)
        gone.addEventListener('abort', () => waiting.get(parcel)?.has(answer) && answer(), { once: true })
      })
    },

    get size() {
      return [...waiting.values()].reduce((total, list) => total + list.size, 0)
    },
  }
}

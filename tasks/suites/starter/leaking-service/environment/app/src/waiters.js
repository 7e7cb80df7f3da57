/** Long polls: whoever asks for the next event of a parcel waits here. */
export function createWaiters({ bus }) {
  const waiting = new Map()

  bus.on('event', (event) => {
    for (const answer of waiting.get(event.parcel) ?? []) answer(event)
    waiting.set(event.parcel, [])
  })

  return {
    /** The parcel's next event, or undefined when there is none for `ms` milliseconds. */
    next(parcel, ms) {
      return new Promise((resolve) => {
        waiting.set(parcel, [...(waiting.get(parcel) ?? []), resolve])
        setTimeout(resolve, ms)
      })
    },

    get size() {
      return [...waiting.values()].reduce((total, list) => total + list.length, 0)
    },
  }
}

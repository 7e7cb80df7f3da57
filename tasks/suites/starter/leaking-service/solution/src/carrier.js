/** Asks carriers how long a parcel takes. */
export function createEstimates({ link, timeoutMs, closing }) {
  const waiting = new Map()
  let numbers = 0

  link.on('answer', (answer) => waiting.get(answer.number)?.(answer))

  return {
    /** The estimate, or undefined when the carrier keeps silent for too long or the service closes. */
    async ask({ parcel, weight, to }) {
      const number = ++numbers

      return new Promise((resolve) => {
        const settle = (estimate) => {
          waiting.delete(number)
          clearTimeout(timer)
          closing.removeEventListener('abort', giveUp)
          resolve(estimate)
        }
        const giveUp = () => settle(undefined)
        const timer = setTimeout(giveUp, timeoutMs)
        closing.addEventListener('abort', giveUp)
        waiting.set(number, ({ days }) => settle({ parcel, to, days }))
        link.send({ number, parcel, weight, to })
      })
    },

    get inFlight() {
      return waiting.size
    },
  }
}

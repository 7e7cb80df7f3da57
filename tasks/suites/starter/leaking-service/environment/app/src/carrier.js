/** Asks carriers how long a parcel takes. */
export function createEstimates({ link, timeoutMs, closing }) {
  const waiting = new Map()
  let numbers = 0

  return {
    /** The estimate, or undefined when the carrier keeps silent for too long or the service closes. */
    async ask({ parcel, weight, to }) {
      const number = ++numbers

      const answered = new Promise((resolve) => {
        waiting.set(number, { parcel, to, resolve })
        link.on('answer', (answer) => {
          if (answer.number !== number) return
          waiting.delete(number)
          resolve({ parcel, to, days: answer.days })
        })
      })
      const tooLate = new Promise((resolve) => setTimeout(resolve, timeoutMs))
      const closed = new Promise((resolve) => closing.addEventListener('abort', () => resolve()))

      link.send({ number, parcel, weight, to })
      return Promise.race([answered, tooLate, closed])
    },

    get inFlight() {
      return waiting.size
    },
  }
}

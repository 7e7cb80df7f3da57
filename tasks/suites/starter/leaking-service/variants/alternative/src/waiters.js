/** Long polls: each listens for itself, and stops however its wait ends. */
export function createWaiters({ bus }) {
  let size = 0

  return {
    async next(parcel, ms, res) {
      size += 1
      let stop
      try {
        return await new Promise((resolve) => {
          const hear = (event) => event.parcel === parcel && resolve(event)
          const timer = setTimeout(resolve, ms)
          const leave = () => resolve()
          bus.on('event', hear)
          res.on('close', leave)
          stop = () => {
            clearTimeout(timer)
            bus.off('event', hear)
            res.off('close', leave)
          }
        })
      } finally {
        stop()
        size -= 1
      }
    },
    get size() {
      return size
    },
  }
}

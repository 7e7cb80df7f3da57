/** Event streams: everybody who watches a parcel hears of its events. */
export function createStreams({ bus, heartbeatMs }) {
  const open = new Set()

  function tell(res, parcel, event) {
    if (event.parcel === parcel) res.write(`event: status\ndata: ${JSON.stringify(event)}\n\n`)
  }

  return {
    open(req, res, parcel) {
      res.writeHead(200, { 'Content-Type': 'text/event-stream', 'Cache-Control': 'no-store' })
      res.write(`: watching ${parcel}\n\n`)
      open.add(res)

      const heartbeat = setInterval(() => res.write(': still here\n\n'), heartbeatMs)
      const listener = tell.bind(null, res, parcel)
      bus.on('event', listener)

      // `finish` never comes when the client hangs up; `close` always does
      res.once('close', () => {
        clearInterval(heartbeat)
        bus.off('event', listener)
        open.delete(res)
      })
    },

    get size() {
      return open.size
    },
  }
}

/** Event streams, by parcel; one listener and one heartbeat serve all of them. */
export function createStreams({ bus, heartbeatMs }) {
  const watching = new Map()
  const everyone = () => [...watching.values()].flatMap((set) => [...set])

  bus.on('event', (event) => {
    for (const res of watching.get(event.parcel) ?? []) {
      res.write(`event: status\ndata: ${JSON.stringify(event)}\n\n`)
    }
  })
  setInterval(() => everyone().forEach((res) => res.write(': still here\n\n')), heartbeatMs).unref()

  return {
    open(req, res, parcel) {
      res.writeHead(200, { 'Content-Type': 'text/event-stream', 'Cache-Control': 'no-store' })
      res.write(`: watching ${parcel}\n\n`)
      const set = watching.get(parcel) ?? new Set()
      watching.set(parcel, set.add(res))
      req.socket.once('close', () => {
        set.delete(res)
        if (set.size === 0 && watching.get(parcel) === set) watching.delete(parcel)
      })
    },
    get size() {
      return everyone().length
    },
  }
}

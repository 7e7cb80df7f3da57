import { EventEmitter } from 'node:events'

const SILENT = /^(XX|ZZ)-/

/**
 * The line to the carriers: `send({ number, ... })`, and some time later an `answer` with the same
 * number, or none at all. Stands in for the real one, which is a long-lived socket with this interface.
 */
export function createCarrierLink() {
  const link = new EventEmitter().setMaxListeners(0)
  link.send = ({ number, to, weight }) => {
    if (SILENT.test(to)) return
    const days = 1 + ((to.length + Math.ceil(weight)) % 5)
    setImmediate(() => link.emit('answer', { number, days }))
  }
  return link
}

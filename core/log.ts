import { type DestinationStream, type Logger, pino } from 'pino'

export type Log = Logger

export interface LogOptions {
  /** Which process writes, for example `worker`. */
  readonly process: string
  readonly level?: string
  /** Where lines go; stdout by default. */
  readonly destination?: DestinationStream
}

/** One line of JSON an event, with ISO times. Use fields `sweep`, `trial`, `attempt` for identity. */
export function openLog({ process: name, level = 'info', destination }: LogOptions): Log {
  const options = {
    level,
    base: { process: name, pid: process.pid },
    timestamp: pino.stdTimeFunctions.isoTime,
  }
  return destination === undefined ? pino(options) : pino(options, destination)
}

/** For tests and one-shot commands: a log that nobody reads. */
export const silentLog: Log = pino({ level: 'silent' })

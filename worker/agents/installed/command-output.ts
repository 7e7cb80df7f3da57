import type { RunningCommand } from '../../../sandbox/running-command.ts'

const ERROR_BYTES = 16 * 1024
/** Children in sessions of their own can hold the output of an ended agent open. */
const LINGER_MS = 2_000

export interface CommandOutput extends AsyncDisposable {
  /** The end of its standard error, at most 16 KiB. */
  errors(): string
}

/**
 * Reads a command's standard error beside its output, and sees to its end: with the command ends its
 * process group, and soon its output, whoever still holds it open.
 */
export function followCommand(command: RunningCommand): CommandOutput {
  let tail = Buffer.alloc(0)
  const reading = (async () => {
    for await (const piece of command.stderr) {
      tail = Buffer.concat([tail, piece]).subarray(-ERROR_BYTES)
    }
  })()
  reading.catch(() => undefined)
  let lingering: NodeJS.Timeout | undefined
  const ending = command.ended.then(async () => {
    await command.kill('SIGKILL')
    lingering = setTimeout(() => command.abandon(), LINGER_MS)
  })
  ending.catch(() => undefined)
  return {
    errors: () => tail.toString('utf8'),
    async [Symbol.asyncDispose]() {
      clearTimeout(lingering)
      await command.kill('SIGKILL').catch(() => undefined)
      command.abandon()
    },
  }
}

import { Duplex } from 'node:stream'
import type { RunningCommand } from '../../sandbox/running-command.ts'

/** A command's standard input and output as one stream; destroying it ends the command. */
export function commandStream(command: RunningCommand): Duplex {
  const output = command.stdout[Symbol.asyncIterator]()
  return new Duplex({
    read() {
      output.next().then(
        ({ done, value }) => this.push(done === true ? null : value),
        (error) => this.destroy(error),
      )
    },
    write(chunk: Buffer, _encoding, callback) {
      command.write(chunk).then(() => callback(), callback)
    },
    final(callback) {
      command.closeInput().then(() => callback(), callback)
    },
    destroy(error, callback) {
      command.abandon()
      // A command that is gone, or whose sandbox is, needs no killing.
      command.kill('SIGKILL').then(
        () => callback(error),
        () => callback(error),
      )
    },
  })
}

import type { Duplex } from 'node:stream'
import type { CommandOptions, CommandRunner } from '../../sandbox/running-command.ts'
import { commandStream } from './command-stream.ts'

export interface Inside {
  readonly runner: CommandRunner
  /** As whom and where. */
  readonly how: CommandOptions
}

/**
 * Bash opens connections itself, so that nothing more is needed in the image. The last `cat` ends
 * with the server's side of the connection, and with it the output. The word on standard error says
 * that the connection stands.
 */
const PIPE = `
exec 3<>"/dev/tcp/$1/$2" || exit 1
echo connected >&2
exec 4<&0 2>/dev/null
cat <&4 >&3 &
exec cat <&3 4<&-
`

/**
 * A connection to a port on the sandbox's own loopback, which nobody reaches from outside.
 *
 * @throws Error saying why there is none: nobody listens, or the image has no bash.
 */
export async function connectInside({ runner, how }: Inside, url: URL): Promise<Duplex> {
  const host = url.hostname.replace(/^\[|\]$/g, '')
  const port = url.port === '' ? '80' : url.port
  const command = await runner.start(['bash', '-c', PIPE, 'bash', host, port], how)
  let said = ''
  for await (const bytes of command.stderr) {
    said += Buffer.from(bytes).toString('utf8')
    if (said.startsWith('connected\n')) return commandStream(command)
  }
  const { exitCode } = await command.ended
  command.abandon()
  const why = exitCode === 127 ? 'the image has no bash to connect with' : said.trim()
  throw new Error(`no connection to ${host}:${port} in the sandbox: ${why || 'it ended'}`)
}

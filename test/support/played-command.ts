import type { CommandEnd, CommandRunner, RunningCommand } from '../../sandbox/running-command.ts'
import type { Sandbox } from '../../sandbox/sandbox.ts'

export interface Played {
  /** Its standard output, in the pieces in which it comes. */
  readonly stdout: readonly string[]
  readonly stderr?: string
  readonly end?: CommandEnd
  /** Prints no more and goes on until it is killed. */
  readonly endless?: boolean
}

/** A command that says what it was told to, and what is done to it. */
export class PlayedCommand implements RunningCommand {
  readonly id = 'command-1'
  readonly kills: string[] = []
  readonly input: string[] = []
  readonly ended: Promise<CommandEnd>
  readonly adoptedAt?: { readonly stdout: number; readonly stderr: number }
  private readonly played: Played
  private readonly from: number
  private readonly finished = Promise.withResolvers<CommandEnd>()

  /** @param from for one that is adopted: the byte of its output that it goes on from. */
  constructor(played: Played, from: number | null = null) {
    this.played = played
    this.from = from ?? 0
    if (from !== null) this.adoptedAt = { stdout: from, stderr: 0 }
    this.ended = this.finished.promise
  }

  get stdout(): AsyncIterable<Uint8Array> {
    return this.print()
  }

  get stderr(): AsyncIterable<Uint8Array> {
    const text = this.played.stderr ?? ''
    return (async function* () {
      if (text !== '') yield Buffer.from(text)
    })()
  }

  async write(bytes: Uint8Array): Promise<void> {
    this.input.push(Buffer.from(bytes).toString('utf8'))
  }

  async closeInput(): Promise<void> {}

  async kill(signal: 'SIGINT' | 'SIGTERM' | 'SIGKILL'): Promise<void> {
    this.kills.push(signal)
    this.finished.resolve({ exitCode: null, signal })
  }

  abandon(): void {}

  private async *print(): AsyncGenerator<Uint8Array> {
    let skipped = this.from
    for (const text of this.played.stdout) {
      const piece = Buffer.from(text)
      const rest = piece.subarray(Math.min(skipped, piece.length))
      skipped -= piece.length - rest.length
      if (rest.length > 0) yield rest
    }
    if (this.played.endless !== true) {
      this.finished.resolve(this.played.end ?? { exitCode: 0, signal: null })
    }
    await this.ended
  }
}

/** A sandbox whose runner starts the one command, and adopts it or the other one. */
export function sandboxPlaying(
  command: PlayedCommand,
  earlier: PlayedCommand | null = command,
): Sandbox {
  const runner: Pick<CommandRunner, 'start' | 'adopt'> = {
    async start() {
      return command
    },
    async adopt() {
      return earlier
    },
  }
  return { runner: async () => runner } as unknown as Sandbox
}

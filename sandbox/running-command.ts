/** How a command of a running sandbox ended. */
export interface CommandEnd {
  /** Null when a signal ended it. */
  readonly exitCode: number | null
  /** Such as `SIGKILL`; null when it exited by itself. */
  readonly signal: string | null
}

export interface CommandOptions {
  /** Name or uid; the image's user when absent. */
  readonly user?: string
  readonly workdir?: string
  /** On top of the container's own environment. */
  readonly env?: Readonly<Record<string, string>>
}

/** A command at work in a sandbox: the leader of a process group of its own. */
export interface RunningCommand {
  /** Names it to a later process of this node, see `CommandRunner.adopt`. */
  readonly id: string
  /**
   * Of an adopted command: how many bytes of each stream came before what this object yields. All
   * that the earlier process had not acknowledged comes, and a process acknowledges a piece when it
   * asks for the next: the last pieces that it dealt with may come once more.
   */
  readonly adoptedAt?: { readonly stdout: number; readonly stderr: number }
  /**
   * Output as it comes, whole and in order. Reading is what lets more come: a command whose output
   * nobody reads is held up, as a pipe would hold it. Ends when every process that holds the stream
   * open has ended, or {@link abandon} was called.
   */
  readonly stdout: AsyncIterable<Uint8Array>
  readonly stderr: AsyncIterable<Uint8Array>
  /**
   * Resolves when the command itself has ended; its children may live on. What it printed itself has
   * come by then, unless more than a megabyte of it is unread.
   */
  readonly ended: Promise<CommandEnd>
  /** Waits while the command does not read. What it can read no more is dropped. */
  write(bytes: Uint8Array): Promise<void>
  closeInput(): Promise<void>
  /** To its whole process group. */
  kill(signal: 'SIGINT' | 'SIGTERM' | 'SIGKILL'): Promise<void>
  /** No more of its output is wanted, though children of it may still print. */
  abandon(): void
}

/**
 * Starts commands in one sandbox over a single stream: milliseconds where a Docker exec takes sixty.
 * Closing it ends no command: a later process can go on with them.
 */
export interface CommandRunner extends AsyncDisposable {
  /** `runner`, or `exec` where the image cannot run ours and each command is a Docker exec. */
  readonly kind: 'runner' | 'exec'
  /**
   * A command that is not there or cannot be run ends as in a shell, with 127 or 126 and the reason
   * on standard error.
   *
   * @throws Failure `agent.start-failed` for what no system call could take; `sandbox.lost`.
   */
  start(command: readonly string[], options?: CommandOptions): Promise<RunningCommand>
  /** A command that an earlier process of this node started; null when nothing is known of it. */
  adopt(id: string): Promise<RunningCommand | null>
}

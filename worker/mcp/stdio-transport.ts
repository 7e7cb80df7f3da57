import { setTimeout as sleep } from 'node:timers/promises'
import { ReadBuffer, serializeMessage } from '@modelcontextprotocol/sdk/shared/stdio.js'
import type { Transport } from '@modelcontextprotocol/sdk/shared/transport.js'
import type { JSONRPCMessage } from '@modelcontextprotocol/sdk/types.js'
import { CappedOutput } from '../../sandbox/capped-output.ts'
import type { RunningCommand } from '../../sandbox/running-command.ts'

/** Of what a server writes to standard error, for whoever asks why it ended. */
const STDERR_BYTES = 4_000
/** A server that does not end with its input is killed after this. */
const CLOSE_MS = 1_000
/** Output that may still come from a server that has ended. */
const LATE_MS = 500

/** MCP over the standard streams of a command in a sandbox. */
export class StdioTransport implements Transport {
  onclose?: () => void
  onerror?: (error: Error) => void
  onmessage?: (message: JSONRPCMessage) => void
  readonly #command: RunningCommand
  readonly #errors = new CappedOutput(STDERR_BYTES)
  #closed = false

  constructor(command: RunningCommand) {
    this.#command = command
  }

  get id(): string {
    return this.#command.id
  }

  /** What it wrote to standard error. */
  get errors(): string {
    return this.#errors.text().text.trim()
  }

  async start(): Promise<void> {
    void this.#read()
    void this.#awaitEnd()
  }

  async send(message: JSONRPCMessage): Promise<void> {
    if (this.#closed) throw new Error('the server has ended')
    await this.#command.write(Buffer.from(serializeMessage(message)))
  }

  async close(): Promise<void> {
    if (this.#closed) return
    await this.#command.closeInput().catch(() => undefined)
    const ended = this.#command.ended.catch(() => undefined)
    await Promise.race([ended, sleep(CLOSE_MS, undefined, { ref: false })])
    this.#end()
  }

  async #read(): Promise<void> {
    try {
      await Promise.all([this.#readMessages(), this.#readErrors()])
    } catch (error) {
      this.onerror?.(asError(error))
    }
    this.#end()
  }

  /** What it sent last may still be under way; its children would only hold the streams open. */
  async #awaitEnd(): Promise<void> {
    await this.#command.ended.catch(() => undefined)
    this.#kill()
    await sleep(LATE_MS, undefined, { ref: false })
    this.#end()
  }

  async #readMessages(): Promise<void> {
    const buffer = new ReadBuffer()
    for await (const bytes of this.#command.stdout) {
      buffer.append(Buffer.from(bytes))
      for (;;) {
        const message = this.#nextIn(buffer)
        if (message === null) break
        if (message !== undefined) this.onmessage?.(message)
      }
    }
  }

  /** Null when there is no whole line; undefined for one that is no message, as some servers print. */
  #nextIn(buffer: ReadBuffer): JSONRPCMessage | null | undefined {
    try {
      return buffer.readMessage()
    } catch (error) {
      this.onerror?.(asError(error))
      return undefined
    }
  }

  async #readErrors(): Promise<void> {
    for await (const bytes of this.#command.stderr) this.#errors.push(bytes)
  }

  #kill(): void {
    this.#command.kill('SIGKILL').catch(() => undefined)
  }

  #end(): void {
    if (this.#closed) return
    this.#closed = true
    this.#kill()
    this.#command.abandon()
    this.onclose?.()
  }
}

const asError = (error: unknown) => (error instanceof Error ? error : new Error(String(error)))

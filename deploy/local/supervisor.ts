import { setTimeout as sleep } from 'node:timers/promises'
import { z } from 'zod'
import { addressesSchema } from './addresses.ts'
import { type Part, partSchema } from './part.ts'
import { PartProcess, type PartProcessOptions } from './part-process.ts'
import { runCommand } from './run-command.ts'
import type { SupervisorStatus } from './stack-status.ts'

/** What a supervisor is started with: the file `run/plan.json` of its folder. */
export const planSchema = z.object({
  /** Of what was asked for, see `SupervisorStatus.plan`. */
  digest: z.string(),
  home: z.string(),
  addresses: addressesSchema,
  parts: z.array(partSchema),
})
export type Plan = z.output<typeof planSchema>

export type SupervisorOptions = Omit<PartProcessOptions, 'guard'>

/** Runs the parts of one stack, wave by wave, until it is disposed of. */
export class Supervisor implements AsyncDisposable {
  readonly #plan: Plan
  readonly #since = new Date()
  readonly #processes: PartProcess[] = []
  readonly #starting: Promise<void>
  #stopping = false

  private constructor(plan: Plan, start: (part: Part) => PartProcess) {
    this.#plan = plan
    this.#starting = this.#startWaves(start)
  }

  /** Returns at once; `status` tells how the parts come along. */
  static async open(plan: Plan, options: SupervisorOptions): Promise<Supervisor> {
    const guard = await deathGuard()
    return new Supervisor(plan, (part) => new PartProcess(part, { ...options, guard }))
  }

  get status(): SupervisorStatus {
    const started = new Map(this.#processes.map((one) => [one.part.name, one.status]))
    return {
      pid: process.pid,
      since: this.#since.toISOString(),
      plan: this.#plan.digest,
      parts: this.#plan.parts.map(
        ({ name, port }) =>
          started.get(name) ?? {
            name,
            port,
            state: 'starting',
            restarts: 0,
            since: this.#since.toISOString(),
          },
      ),
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#stopping = true
    await this.#starting
    for (const wave of wavesOf(this.#plan.parts).reverse()) {
      const names = new Set(wave.map((part) => part.name))
      const processes = this.#processes.filter((one) => names.has(one.part.name))
      await Promise.all(processes.map((one) => one[Symbol.asyncDispose]()))
    }
  }

  async #startWaves(start: (part: Part) => PartProcess): Promise<void> {
    for (const wave of wavesOf(this.#plan.parts)) {
      if (this.#stopping) return
      const processes = wave.map(start)
      this.#processes.push(...processes)
      while (!this.#stopping && processes.some((one) => one.status.state !== 'ready')) {
        await sleep(20)
      }
    }
  }
}

/** Parts by wave, lowest first. */
export function wavesOf(parts: readonly Part[]): Part[][] {
  const waves = [...new Set(parts.map((part) => part.wave))].sort((a, b) => a - b)
  return waves.map((wave) => parts.filter((part) => part.wave === wave))
}

/**
 * `setpriv` of util-linux makes the kernel send SIGTERM to a part when its supervisor dies, even by
 * SIGKILL (PR_SET_PDEATHSIG, prctl(2)). Without it such parts run on until the next `up` or `down`.
 */
async function deathGuard(): Promise<readonly string[]> {
  const guard = ['--pdeathsig', 'TERM', '--']
  const { code } = await runCommand('setpriv', [...guard, 'true'], { timeoutMs: 2_000 })
  return code === 0 ? ['setpriv', ...guard] : []
}

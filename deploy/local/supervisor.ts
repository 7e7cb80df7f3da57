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

/** Runs the parts of one stack until it is disposed of: started all at once, stopped wave by wave. */
export class Supervisor implements AsyncDisposable {
  readonly #plan: Plan
  readonly #since = new Date()
  readonly #processes: readonly PartProcess[]

  private constructor(plan: Plan, start: (part: Part) => PartProcess) {
    this.#plan = plan
    this.#processes = plan.parts.map(start)
  }

  /** Returns at once; `status` tells how the parts come along. */
  static async open(plan: Plan, options: SupervisorOptions): Promise<Supervisor> {
    const guard = await deathGuard()
    return new Supervisor(plan, (part) => new PartProcess(part, { ...options, guard }))
  }

  get status(): SupervisorStatus {
    return {
      pid: process.pid,
      since: this.#since.toISOString(),
      plan: this.#plan.digest,
      parts: this.#processes.map((one) => one.status),
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    const waves = [...new Set(this.#processes.map(({ part }) => part.wave))].sort((a, b) => b - a)
    for (const wave of waves) {
      const processes = this.#processes.filter(({ part }) => part.wave === wave)
      await Promise.all(processes.map((one) => one[Symbol.asyncDispose]()))
    }
  }
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

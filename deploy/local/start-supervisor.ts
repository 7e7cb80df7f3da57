import { type ChildProcess, spawn } from 'node:child_process'
import { open } from 'node:fs/promises'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { Failure } from '../../core/failure.ts'
import { askStatus } from './control.ts'
import { type Home, writeJson } from './home.ts'
import { isRunning, type ProcessRecord, recordOf } from './process-record.ts'
import type { Environment } from './run-command.ts'
import { projectRoot } from './settings.ts'
import { lastLines } from './stack-logs.ts'
import type { PartStatus, SupervisorStatus } from './stack-status.ts'
import type { Plan } from './supervisor.ts'

export const planFile = (home: Home) => join(home.run, 'plan.json')

/** What the supervisor reads when its plan is there. */
const GO = 'go'

/**
 * A supervisor that outlives this process, its terminal and its session. It loads its modules while
 * others find out what it is to run; disposed of before it was told, or forgotten by a process that
 * died, it ends without having done anything.
 */
export class SupervisorStart implements Disposable {
  /** Undefined when it could not be started. */
  readonly record: ProcessRecord | undefined
  readonly #home: Home
  readonly #child: ChildProcess

  private constructor(home: Home, child: ChildProcess) {
    this.#home = home
    this.#child = child
    this.record = child.pid === undefined ? undefined : recordOf(child.pid)
  }

  static async begin(home: Home, environment: Environment): Promise<SupervisorStart> {
    await using log = await open(join(home.logs, 'supervisor.log'), 'a', 0o600)
    const main = join(import.meta.dirname, 'main.ts')
    const child = spawn(process.execPath, [main, planFile(home)], {
      cwd: projectRoot,
      detached: true,
      env: environment,
      stdio: ['pipe', log.fd, log.fd],
    })
    // That it has ended is noticed by whoever waits for the stack.
    child.once('error', () => undefined)
    child.stdin?.once('error', () => undefined)
    child.unref()
    return new SupervisorStart(home, child)
  }

  async run(plan: Plan): Promise<void> {
    await writeJson(planFile(this.#home), plan)
    this.#child.stdin?.end(GO)
  }

  [Symbol.dispose](): void {
    this.#child.stdin?.destroy()
  }
}

/** A part that ended this often while the stack starts will not come up by itself. */
const MOST_RESTARTS = 3
const TAIL_LINES = 25

/**
 * Waits until every part is ready.
 *
 * @param supervisor its end ends the wait.
 * @throws Failure `stack.part-failed` with the last log lines of the part that keeps the stack waiting.
 */
export async function untilReady(
  home: Home,
  supervisor: ProcessRecord | undefined,
  timeoutMs: number,
): Promise<SupervisorStatus> {
  const deadline = Date.now() + timeoutMs
  for (;;) {
    const status = await askStatus(home)
    if (status?.parts.every((part) => part.state === 'ready')) return status
    const broken = status?.parts.find((part) => part.restarts >= MOST_RESTARTS)
    if (broken !== undefined) throw await partFailed(home, broken, 'keeps ending')
    if (supervisor === undefined || !isRunning(supervisor)) throw await supervisorFailed(home)
    if (Date.now() > deadline) {
      const late = status?.parts.find((part) => part.state !== 'ready')
      if (late === undefined) throw await supervisorFailed(home)
      throw await partFailed(home, late, `was not ready after ${timeoutMs / 1000} s`)
    }
    await sleep(50)
  }
}

async function partFailed(home: Home, part: PartStatus, what: string): Promise<Failure> {
  const tail = await lastLines(home.folder, part.name, TAIL_LINES)
  const end = part.lastEnd === undefined ? '' : `, last with ${part.lastEnd}`
  const reason = part.reason === undefined ? '' : ` (${part.reason})`
  const words = tail === '' ? 'It wrote no log.' : `Its last lines:\n${tail}`
  return new Failure('stack.part-failed', `${part.name} ${what}${end}${reason}. ${words}`, {
    facts: { part: part.name, state: part.state, restarts: part.restarts },
  })
}

async function supervisorFailed(home: Home): Promise<Failure> {
  const tail = await lastLines(home.folder, 'supervisor', TAIL_LINES)
  return new Failure('stack.part-failed', `The supervisor ended. Its last lines:\n${tail}`, {
    facts: { part: 'supervisor' },
  })
}

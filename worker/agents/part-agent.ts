import { join } from 'node:path'
import type { AgentPart, PartAgentFacts } from '../../coordinator/contract/agents.ts'
import type { Trial } from '../../coordinator/contract/sweep.ts'
import { Failure } from '../../core/failure.ts'
import { uniform } from '../../core/random.ts'
import { tarOfDirectory, tarOfEntries } from '../../tasks/tar.ts'
import type { Task } from '../../tasks/task.ts'
import type { Agent, AgentEnd, AgentRun, NewEvent } from './agent.ts'
import { GENERIC_CHEAT } from './generic-cheat.ts'

/**
 * Carries out something that the task brings along: its solution, one of its variants, or nothing.
 * Simulated engineers draw which one by the trial's contestant, task and seed alone.
 */
export function partAgent({ name, plays }: Pick<PartAgentFacts, 'name' | 'plays'>): Agent {
  return {
    needs: { runner: false, gatewayInside: false, installation: null },
    resumable: false,
    async files({ trial, task }) {
      const part = partOf(plays, trial, task)
      return part === 'nothing' ? null : scriptOf(part, task)
    },
    async *run(run) {
      const part = partOf(plays, run.trial, run.task)
      if (typeof plays !== 'string') {
        yield { kind: 'note', body: `${name} is simulated and plays: ${part}`, meta: { part } }
      }
      if (part === 'nothing') return { outcome: 'scored', detail: '' }
      return yield* play(run)
    },
  }
}

/** What a trial plays. A task without a partial solution is left alone where one is drawn. */
export function partOf(
  plays: PartAgentFacts['plays'],
  { contestant, task, seed }: Pick<Trial, 'contestant' | 'task' | 'seed'>,
  { variants }: Pick<Task, 'variants'>,
): AgentPart {
  if (typeof plays === 'string') return plays
  const draw = uniform('simulated engineer', contestant.agent, task.name, seed)
  if (draw < plays.solution) return 'solution'
  if (draw < plays.solution + plays.partial && variants.includes('partial')) return 'partial'
  return 'nothing'
}

async function* play(run: AgentRun): AsyncGenerator<NewEvent, AgentEnd> {
  const { sandbox, task, timeoutMs, signal } = run
  const command = ['bash', '-c', '/solution/solve.sh']
  yield { kind: 'tool-call', turn: 1, tool: 'bash', body: '/solution/solve.sh' }
  const { user } = task.agent
  const result = await sandbox.exec(command, {
    timeoutMs,
    signal,
    outputLimitBytes: 64 * 1024,
    env: { DEBIAN_FRONTEND: 'noninteractive', ...task.environment.env, ...task.solution.env },
    ...(user === undefined ? {} : { user }),
    ...(task.environment.workdir === undefined ? {} : { workdir: task.environment.workdir }),
  })
  yield {
    kind: 'tool-result',
    turn: 1,
    tool: 'bash',
    body: `${result.stdout.text}${result.stderr.text}`,
    meta: {
      exitCode: result.exitCode ?? -1,
      timedOut: result.timedOut,
      outOfMemory: result.outOfMemory,
      droppedBytes: result.stdout.droppedBytes + result.stderr.droppedBytes,
      durationMs: Math.round(result.durationMs),
    },
  }
  if (result.timedOut) return { outcome: 'agent-timeout', detail: 'the script ran out of time' }
  const failed = result.exitCode !== 0
  return { outcome: 'scored', detail: failed ? `the script ended with ${result.exitCode}` : '' }
}

async function scriptOf(part: AgentPart, task: Task) {
  if (part === 'cheat' && !task.variants.includes('cheat')) {
    const script = { path: 'solve.sh', bytes: GENERIC_CHEAT, mode: 0o755 }
    return tarOfEntries([script], { prefix: 'solution' })
  }
  const folder = part === 'solution' ? 'solution' : join('variants', part)
  const present = part === 'solution' ? task.solution.present : task.variants.includes(part)
  if (!present) {
    throw new Failure('task.invalid', `The task ${task.name} has no ${folder}/solve.sh to run.`, {
      facts: { task: task.name, part },
    })
  }
  return tarOfDirectory(join(task.dir, folder), { prefix: 'solution', mode: 0o755 })
}

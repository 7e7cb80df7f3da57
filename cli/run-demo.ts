import { type Leaderboard, readLeaderboard } from '../analytics/leaderboard.ts'
import { Failure, messageOf } from '../core/failure.ts'
import { BUILT_IN_MODELS } from '../models/config.ts'
import { buildAgents } from './build-agents.ts'
import type { Connections } from './connections.ts'
import { DEMO_INSTALLED, DEMO_SWEEP, DEMO_THINKERS } from './demo-plan.ts'
import type { Output } from './output.ts'
import { planSweep, type SweepPlan } from './plan-sweep.ts'
import { chooseNodes } from './run-errand.ts'
import { submitSweep } from './submit-sweep.ts'
import { sweepSources } from './sweep-sources.ts'
import { isOver } from './sweep-view.ts'
import { watchSweep } from './watch-sweep.ts'

export interface DemoRun {
  readonly boards: Leaderboard
  readonly seconds: number
}

/**
 * Submits the demo's sweep and watches it to its end.
 *
 * @throws Failure `sweep.unfinished` when the signal ends it early.
 */
export async function runDemo(
  farm: Connections,
  output: Output,
  signal: AbortSignal,
): Promise<DemoRun> {
  const startedMs = performance.now()
  const planning = { subject: 'demo', models: BUILT_IN_MODELS }
  const plan = await planSweep(DEMO_SWEEP, planning)
  const thinkers = await planSweep(DEMO_THINKERS, planning)
  const { manifest, planned } = await submitSweep(farm, ...inOrder(plan, thinkers))
  const { sweep, name } = manifest
  output.say(`sweep ${sweep}: ${planned} trials`)
  installAhead(farm, output)
  const view = await watchSweep(sweepSources(farm, sweep, name), output, signal)
  if (view === null || !isOver(view)) {
    const message = `The demo was stopped. Its sweep waits: sbench up && sbench sweep watch ${sweep}`
    throw new Failure('sweep.unfinished', message, { facts: { sweep } })
  }
  const seconds = (performance.now() - startedMs) / 1_000
  return { boards: await readLeaderboard(farm.store, sweep), seconds }
}

/**
 * Those who think come before the last seed of the others: they wait more than they work, and at the
 * end nothing would fill the processors meanwhile.
 */
function inOrder(plan: SweepPlan, thinkers: SweepPlan): [SweepPlan, SweepPlan[]] {
  const [early, last] = [plan.seeds.slice(0, -1), plan.seeds.slice(-1)]
  return [{ ...plan, seeds: early }, [thinkers, { ...plan, seeds: last }]]
}

/** So that the agents are there when their trials come; a trial that comes first installs its own. */
function installAhead(farm: Connections, output: Output): void {
  const install = async () => {
    const client = await farm.temporal()
    const nodes = chooseNodes(await (await farm.fleet()).living(), undefined)
    const results = await buildAgents(client, DEMO_INSTALLED, nodes)
    for (const { agent, problem } of results) {
      if (problem !== '') output.say(`${agent} could not be installed ahead: ${problem}`)
    }
  }
  install().catch((error: unknown) => output.say(`nothing installed ahead: ${messageOf(error)}`))
}

/** The demo's one JSON document. Rates are fractions of 1; times are seconds. */
export function demoDocument({ boards, seconds }: DemoRun, setupSeconds: number) {
  const { sweep, passFail } = boards
  return {
    sweep: sweep.sweep,
    trials: sweep.planned,
    scored: sweep.valid,
    infraFailed: sweep.infraFailed,
    leaderboard: passFail.map(({ contestant, simulated, mean, interval, valid, tasks }) => ({
      contestant,
      simulated,
      passRate: mean,
      low: interval?.low ?? null,
      high: interval?.high ?? null,
      trials: valid,
      tasks,
    })),
    seconds: { setup: rounded(setupSeconds), sweep: rounded(seconds) },
  }
}

const rounded = (seconds: number): number => Math.round(seconds * 10) / 10

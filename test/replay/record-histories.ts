import { mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { historyToJSON } from '@temporalio/common/lib/proto-utils.js'
import type { Errand, OnNodeInput } from '../../coordinator/contract/activities.ts'
import { TRIAL_SIGNALS, WORKFLOWS } from '../../coordinator/contract/messages.ts'
import { countTrials } from '../../coordinator/contract/plan.ts'
import {
  COORDINATOR_QUEUE,
  shardWorkflowId,
  sweepWorkflowId,
  trialWorkflowId,
} from '../../coordinator/contract/queues.ts'
import type { StopRule } from '../../coordinator/contract/stopping.ts'
import {
  cancelUpdate,
  extendUpdate,
  pauseUpdate,
  resumeUpdate,
} from '../../coordinator/workflows/sweep.ts'
import { Failure } from '../../core/failure.ts'
import {
  SCRIPTED_NODE,
  type Script,
  ScriptedFarm,
  workUntilCancelled,
} from '../support/scripted-farm.ts'
import { scriptedManifest } from '../support/scripted-manifest.ts'
import { TemporalServer } from '../support/temporal-server.ts'
import { HISTORIES } from './histories.ts'

/**
 * Saves histories of every way in which a trial, a shard and a sweep can end, for the replay test.
 * Run it (`npm run histories`) only when workflows change in a way that no running sweep has to
 * survive: the point of the saved ones is that they were made by earlier code. What is new is added
 * by its name alone: `npm run histories sweep-stopped`. Nothing makes `trial-stored` and
 * `trial-stored-late` any more, which are of revision 3 and stored their results by the trial, nor
 * `shard-stores`, whose last results waited for the call under way.
 */
const OUTCOMES: Record<string, Script> = {
  scored: {},
  retried: {
    run: async ({ attempt }) => {
      if (attempt === 1) throw new Failure('sandbox.lost', 'gone')
      return {}
    },
  },
  'agent-timeout': { run: async () => ({ agentOutcome: 'agent-timeout' as const }) },
  'infra-failed': {
    run: async () => {
      throw new Failure('image.not-found', 'no image')
    },
  },
  ungraded: {
    grade: async () => {
      throw new Failure('verifier.failed', 'no reward')
    },
  },
  /** From revision 2 of trials on: activities are called after their attempts and gradings. */
  regraded: {
    grade: async ({ attempt }) => {
      const code = attempt === 1 ? 'snapshot.lost' : 'verifier.failed'
      throw new Failure(code, 'no reward')
    },
  },
  /** From revision 4 of trials on: their shards store their results. */
  settled: {},
  'snapshot-lost': {
    grade: async ({ attempt }) => {
      if (attempt === 1) throw new Failure('snapshot.lost', 'wiped')
      return {}
    },
  },
}

const chosen = process.argv.slice(2)
await mkdir(HISTORIES, { recursive: true })
await using server = await TemporalServer.start()
await using farm = await ScriptedFarm.start(server)

for (const [name, script] of Object.entries(OUTCOMES)) {
  farm.script = script
  const manifest = scriptedManifest({ contestants: 1, tasks: 1, seeds: 1 })
  const handle = await farm.submit(manifest)
  await handle.result()
  const trial = farm.results.at(-1)?.trial.trial ?? ''
  await save(`trial-${name}`, trialWorkflowId(trial))
  if (name === 'scored') {
    await save('shard-finished', shardWorkflowId(manifest.sweep, 0))
    await save('sweep-finished', sweepWorkflowId(manifest.sweep))
  }
}

farm.script = { isLate: ({ trial }) => trial.seed === 2, persist: () => sleep(300) }
const stored = scriptedManifest({ contestants: 2, tasks: 3, seeds: 2 })
await (await farm.submit(stored)).result()
await save('shard-stores-last', shardWorkflowId(stored.sweep, 0))

farm.script = {
  run: async () => {
    await sleep(50)
    return {}
  },
}
const steered = scriptedManifest({ contestants: 2, tasks: 3, seeds: 2 }, { concurrency: 2 })
const first = await farm.submit(steered)
await first.executeUpdate(pauseUpdate)
await first.executeUpdate(resumeUpdate)
const [block] = steered.blocks
if (block === undefined) throw new Error('a manifest without a block')
const longer = { ...steered, blocks: [...steered.blocks, { ...block, seeds: [3] }] }
const base = farm.keep(steered)
const extension = { base, manifest: farm.keep(longer), planned: countTrials(longer) }
await first.executeUpdate(extendUpdate, { args: [extension] })
await first.result()
await save('sweep-steered', sweepWorkflowId(steered.sweep))

const stoppable = scriptedManifest({ contestants: 2, tasks: 2, seeds: 4 })
const rule: StopRule = {
  firsts: ['contestant-1'],
  second: 'contestant-2',
  measure: 'pass',
  method: 'confidence-sequence',
  level: 0.95,
  margin: null,
  minRounds: 2,
  maxRounds: 4,
  looks: 0,
  precise: true,
  budgetMicros: null,
}
farm.script = { look: async ({ round }) => (round === 2 ? 'different' : null) }
await (await farm.submit({ ...stoppable, stop: rule })).result()
await save('sweep-stopped', sweepWorkflowId(stoppable.sweep))
const undecided = scriptedManifest({ contestants: 2, tasks: 2, seeds: 3 })
farm.script = {
  look: async ({ round }) => {
    if (round === 2 && farm.looks.filter((look) => look.round === 2).length === 1) {
      throw new Error('the sink is gone')
    }
    return null
  },
}
farm.looks.length = 0
await (await farm.submit({ ...undecided, stop: { ...rule, maxRounds: 3 } })).result()
await save('sweep-undecided', sweepWorkflowId(undecided.sweep))

farm.script = { run: workUntilCancelled }
const doomed = scriptedManifest({ contestants: 2, tasks: 5, seeds: 4 }, { concurrency: 2 })
const second = await farm.submit(doomed)
await sleep(1_000)
await second.executeUpdate(cancelUpdate)
await second.result()
await save('sweep-cancelled', sweepWorkflowId(doomed.sweep))
await save('shard-cancelled', shardWorkflowId(doomed.sweep, 0))
const cut = farm.results.find(({ outcome }) => outcome === 'cancelled')
if (cut === undefined) throw new Error('no trial was cancelled; run this again')
await save('trial-cancelled', trialWorkflowId(cut.trial.trial))

const began = Promise.withResolvers<string>()
farm.script = {
  run: async ({ trial, attempt }) => {
    began.resolve(trialWorkflowId(trial.trial))
    return attempt === 1 ? workUntilCancelled() : {}
  },
}
const lostSweep = await farm.submit(scriptedManifest({ contestants: 1, tasks: 1, seeds: 1 }))
const lostTrial = await began.promise
const lost = { node: SCRIPTED_NODE, attempt: 1 }
await server.client.workflow.getHandle(lostTrial).signal(TRIAL_SIGNALS.nodeLost, lost)
await lostSweep.result()
await save('trial-node-lost', lostTrial)

farm.script = {
  errands: {
    checkModel: async ({ model }) => ({
      model,
      modelAnswered: model,
      firstByteMs: 1,
      answerMs: 2,
      inputTokens: 3,
      outputTokens: 4,
      costMicros: 0,
    }),
    buildAgent: async ({ agent }) => {
      throw new Failure('agent.install-failed', `${agent} cannot be installed`)
    },
  },
}
const errands: Record<string, Errand> = {
  'on-node-answered': { kind: 'check-model', model: 'scripted/engineer' },
  'on-node-failed': { kind: 'build-agent', agent: 'codex' },
}
for (const [name, errand] of Object.entries(errands)) {
  const workflowId = `errand/${name}`
  const args: [OnNodeInput] = [{ node: SCRIPTED_NODE, errand }]
  const options = { workflowId, taskQueue: COORDINATOR_QUEUE, args }
  await server.client.workflow.execute(WORKFLOWS.onNode, options).catch(() => undefined)
  await save(name, workflowId)
}

/** Names on the command line choose what is saved; all without any. */
async function save(name: string, workflowId: string): Promise<void> {
  if (chosen.length > 0 && !chosen.includes(name)) return
  const history = await server.client.workflow.getHandle(workflowId).fetchHistory()
  const file = join(HISTORIES, `${name}.json`)
  await writeFile(file, `${historyToJSON(history)}\n`)
  process.stdout.write(`${name}: ${history.events?.length ?? 0} events\n`)
}

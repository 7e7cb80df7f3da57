import type { PersistResultInput, SinkActivities } from '../../coordinator/contract/activities.ts'
import type { Manifest, Trial } from '../../coordinator/contract/sweep.ts'
import { type BlobStore, getJson } from '../../core/blobs.ts'
import { Failure } from '../../core/failure.ts'
import type { Store } from '../store.ts'
import { groupCommit } from './group-commit.ts'
import { type ResultRows, resultRows, trialColumns } from './result-rows.ts'
import { planRows, sweepRow } from './sweep-rows.ts'
import type { TrajectoryWatch, WaitOptions } from './trajectory-watch.ts'
import { WritePace } from './write-pace.ts'

/** What an activity needs of the engine that runs it. */
export interface ActivityScope {
  readonly signal: AbortSignal
  readonly heartbeat: () => void
}

export interface SinkActivityOptions {
  readonly store: Store
  readonly blobs: BlobStore
  readonly watch: Pick<TrajectoryWatch, 'wait'>
  /** The scope of the activity that calls. */
  readonly scope: () => ActivityScope
  /** How long a result waits for events that do not come, see {@link sinkActivities}. */
  readonly patienceMs?: number
  /** How long it waits where others wait for the answer. */
  readonly lateMs?: number
  readonly heartbeatMs?: number
  /** That of all this process writes, events too. */
  readonly pace?: WritePace
  /** Told how long a result took from the request to its row. */
  readonly onPersisted?: (seconds: number) => void
}

const HEARTBEAT_MS = 5_000
const PATIENCE_MS = 10 * 60_000
const LATE_MS = 5_000
/** Rows of a plan in one insert. */
const ROWS_AN_INSERT = 50_000

/**
 * The writers of everything but events.
 *
 * A result waits until its trajectory is whole. Where events stand still for the patience, while
 * ClickHouse answers, their spool is gone for good (a node that never comes back): the result is
 * then written and marked `trajectory_complete = false`, for a score was earned and must not hang.
 */
export function sinkActivities(options: SinkActivityOptions): SinkActivities {
  const { store, blobs, watch, scope, onPersisted } = options
  const { patienceMs = PATIENCE_MS, lateMs = LATE_MS, heartbeatMs = HEARTBEAT_MS } = options
  const { pace = new WritePace() } = options
  const plansWritten = new Set<string>()
  const commitTrials = groupCommit<readonly Trial[]>(pace, (group) =>
    store.insert('trials', group.flat().map(trialRow)),
  )
  const commitResult = groupCommit<ResultRows>(pace, async (group) => {
    const put = (table: 'checks' | 'attempts' | 'results') =>
      store.insert(
        table,
        group.flatMap((rows) => rows[table]),
      )
    await Promise.all([put('checks'), put('attempts')])
    await put('results')
  })

  /** Does the work while the activity heartbeats. */
  async function alive<Value>(work: (signal: AbortSignal) => Promise<Value>): Promise<Value> {
    const { signal, heartbeat } = scope()
    const timer = setInterval(heartbeat, heartbeatMs)
    try {
      return await work(signal)
    } finally {
      clearInterval(timer)
    }
  }

  async function persist(
    input: PersistResultInput,
    { signal, soon = false }: Pick<WaitOptions, 'signal' | 'soon'>,
  ): Promise<void> {
    const startedAt = performance.now()
    const counted = input.attempts.find(({ attempt }) => attempt === input.attempt)
    const complete =
      counted === undefined ||
      (await watch.wait(
        { trial: input.trial.trial, attempt: counted.attempt, events: counted.events },
        { signal, patienceMs, soon },
      ))
    await commitResult(resultRows(input, complete))
    onPersisted?.((performance.now() - startedAt) / 1_000)
  }

  return {
    async recordSweep(input) {
      const manifest = await getJson<Manifest>(blobs, input.manifest)
      const plan = `${input.sweep} ${input.manifest}`
      if (!plansWritten.has(plan)) {
        const { tasks, cells } = planRows(input, manifest)
        await store.insert('tasks', tasks)
        for (let from = 0; from < cells.length; from += ROWS_AN_INSERT) {
          await store.insert('cells', cells.slice(from, from + ROWS_AN_INSERT))
        }
        plansWritten.add(plan)
      }
      await store.insert('sweeps', [sweepRow(input, manifest)])
    },

    async recordTrials({ trials }) {
      await commitTrials(trials)
    },

    persistResult: (input) => alive((signal) => persist(input, { signal })),

    persistResults: ({ results, last = false }) =>
      alive(async (signal) => {
        using _hurry = last ? pace.hurry() : undefined
        const either = AbortSignal.any([signal, AbortSignal.timeout(lateMs)])
        const late = await Promise.all(
          results.map((result) =>
            persist(result, { signal: either, soon: last }).then(
              () => [],
              (error) => {
                if (signal.aborted || error instanceof Failure) throw error
                return [result.trial.trial]
              },
            ),
          ),
        )
        return { late: late.flat() }
      }),

    // Its statistics take longer to load than the rest of the sink, and few sweeps ask for them.
    async lookAtRound(input) {
      const { lookAtRound } = await import('../stopping/look-at-round.ts')
      return lookAtRound({ store, blobs }, input)
    },
  }
}

function trialRow(trial: Trial) {
  return {
    sweep_id: trial.sweep,
    trial_id: trial.trial,
    trial_index: trial.index,
    task_digest: trial.task.digest,
    ...trialColumns(trial),
  }
}

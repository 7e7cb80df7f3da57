import { negotiate } from './compression.ts'
import type { User } from './credentials.ts'
import type { Engine } from './engine.ts'
import { EngineException } from './engine-exception.ts'
import type { Lane } from './lane.ts'
import { withLane } from './lane-lease.ts'
import { type PlanRules, planQuery, rewriteKill } from './query-plan.ts'
import type { QueryCall, Received } from './receive-query.ts'
import type { Reply } from './reply.ts'
import { type Exchange, sendResult } from './send-result.ts'
import { type Sessions, sessionWish } from './sessions.ts'

/** What runs queries. */
export interface Runner {
  readonly engine: Engine
  readonly sessions: Sessions<Lane>
  readonly rules: PlanRules
  /** The marks of lanes by the ids of the queries that run on them. */
  readonly running: Map<string, string>
  /** Aborted when the process ends. */
  readonly closing: AbortSignal
}

export interface Job extends Received {
  readonly call: QueryCall
  readonly user: User
  readonly exchange: Exchange
}

/**
 * Runs one query on a lane of its own or its session's, and sends the result.
 *
 * @throws EngineException for whatever goes wrong before the head of the response is sent.
 */
export async function runQuery(runner: Runner, job: Job, reply: Reply): Promise<void> {
  const { engine, sessions, running, closing } = runner
  const { call, user, query, rows, exchange } = job
  const { url, method, headers } = call
  const wish = sessionWish(url, user.name)
  const context = { user, method, inSession: wish !== undefined, rows: rows?.path }
  const plan = planQuery(query, context, runner.rules)
  const { queryId } = exchange
  if (running.has(queryId)) {
    const message = `Query with id = ${queryId} is already running.`
    throw EngineException.raise('QUERY_WITH_SAME_ID_IS_ALREADY_RUNNING', message)
  }
  const name = negotiate(String(headers['accept-encoding'] ?? ''), query.compress.wanted)
  const encoding = name && { name, level: query.compress.level }
  const { progress } = query
  const stop = AbortSignal.any([reply.gone, closing])
  const lease = {
    ...{ engine, sessions, wish, plan, stop },
    keep: user.role === 'writer',
    close: url.get('close_session') === '1',
  }
  running.set(queryId, '')
  let sendLast: () => Promise<void>
  try {
    sendLast = await withLane(lease, ({ lane, fresh }) => {
      running.set(queryId, lane.mark)
      const sql = query.statement.verb === 'KILL' ? killSql(job, running) : plan.work.sql
      const work = { ...plan.work, sql }
      const start = () => lane.start({ ...work, setup: plan.setup(lane.mark, fresh) })
      return sendResult({ engine, lane, start, work, exchange, encoding, progress, stop }, reply)
    })
  } finally {
    running.delete(queryId)
  }
  await sendLast()
}

function killSql({ query }: Job, running: ReadonlyMap<string, string>): string {
  return rewriteKill(query, (id) => running.get(id) || undefined)
}

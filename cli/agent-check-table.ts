import type { TrialLine } from '../analytics/read-trials.ts'
import { scoreText, secondsText } from './score-text.ts'
import { textTable } from './text-table.ts'

/** How one agent did its one trial. */
export interface AgentCheck {
  readonly agent: string
  readonly version: string | null
  readonly ok: boolean
  /** Null when the trial has no result. */
  readonly outcome: string | null
  readonly score: number | null
  readonly wallSeconds: number | null
  /** Calls of the model; null when unknown. */
  readonly calls: number | null
  readonly detail: string
  readonly trial: string
}

/** What an agent's one trial says of it: it starts, and with a model that knows the way it arrives. */
export function agentCheck(
  { agent, version, calls }: Pick<AgentCheck, 'agent' | 'version' | 'calls'>,
  trial: Pick<TrialLine, 'trial' | 'outcome' | 'pass' | 'score' | 'wallSeconds' | 'detail'> | null,
): AgentCheck {
  const ok = trial?.pass === true
  const outcome = trial?.outcome ?? null
  const detail = ok ? '' : trial === null ? 'it did not run' : (trial.detail.split('\n')[0] ?? '')
  const wallSeconds = trial?.wallSeconds ?? null
  const score = trial?.score ?? null
  return {
    agent,
    version,
    ok,
    outcome,
    score,
    wallSeconds,
    calls,
    detail,
    trial: trial?.trial ?? '',
  }
}

export function agentCheckTable(checks: readonly AgentCheck[]): string[] {
  const rows = checks.map((check) => [
    check.agent,
    check.version ?? '',
    check.ok ? 'ok' : 'FAILED',
    check.outcome ?? 'none',
    scoreText(check.score),
    check.calls === null ? '' : String(check.calls),
    secondsText(check.wallSeconds),
  ])
  const problems = checks.flatMap(({ agent, ok, detail, trial }) =>
    ok
      ? []
      : [`  ${agent}: ${detail}`, ...(trial === '' ? [] : [`    sbench trial show ${trial}`])],
  )
  return [
    ...textTable(
      [
        { title: 'agent' },
        { title: 'version' },
        { title: 'check' },
        { title: 'outcome' },
        { title: 'score', align: 'right' },
        { title: 'calls', align: 'right' },
        { title: 'took', align: 'right' },
      ],
      rows,
    ),
    ...(problems.length === 0 ? [] : ['', ...problems]),
  ]
}

import type { TrialAttempt, TrialDetail, TrialResult } from '../analytics/read-trial.ts'
import type { AttemptUsage } from '../coordinator/contract/activities.ts'
import { bytesText } from '../core/bytes-text.ts'
import type { TrialId } from '../core/ids.ts'
import { tokens } from './models-table.ts'
import { dollarsText } from './money.ts'
import { scoreText, secondsText } from './score-text.ts'
import { textTable } from './text-table.ts'

/** All that is known of one trial, for a terminal. */
export function trialText(trial: TrialDetail): string {
  const { contestant, simulated, task, seed, result, attempts, checks } = trial
  const who = simulated ? `${contestant} (simulated)` : contestant
  const checkRows = checks.map(({ verdict, id, dimension, points, evidence }) => [
    verdict,
    id,
    dimension,
    String(points),
    evidence.split('\n')[0] ?? '',
  ])
  return [
    `${who} on ${task}, seed ${seed}`,
    ...contestantLines(trial),
    `trial ${trial.trial} of sweep ${trial.sweep}`,
    '',
    ...(result === null ? ['It has no result yet.'] : resultLines(result)),
    ...(checks.length === 0 ? [] : ['', ...textTable(CHECK_COLUMNS, checkRows)]),
    ...attempts.flatMap((record) => attemptLines(trial.trial, record)),
    ...(result === null || result.graderOutput.trim() === ''
      ? []
      : ['', 'The verifier printed:', ...result.graderOutput.trimEnd().split('\n').map(indented)]),
  ].join('\n')
}

/** What its name may not say. */
function contestantLines({ agent, agentVersion, model, parameters }: TrialDetail): string[] {
  if (model === null && agentVersion === null) return []
  const said = Object.entries(parameters).map(([name, value]) => `${name} ${value}`)
  const who = agentVersion === null ? agent : `${agent} ${agentVersion}`
  return [[who, ...(model === null ? [] : [`with ${model}`]), ...said].join(', ')]
}

const CHECK_COLUMNS = [
  { title: 'check' },
  { title: 'id' },
  { title: 'dimension' },
  { title: 'points', align: 'right' },
  { title: 'evidence' },
] as const

function resultLines(result: TrialResult): string[] {
  const { outcome, pass, score, detail, warnings, wallSeconds, events, trajectoryComplete } = result
  const verdict =
    score === null ? 'no score' : `${pass ? 'pass' : 'fail'}, score ${scoreText(score)}`
  const complete = trajectoryComplete ? '' : ', not all stored'
  return [
    `${outcome}: ${verdict}`,
    ...(detail === '' ? [] : [detail]),
    ...warnings.map((warning) => `note: ${warning}`),
    `${secondsText(wallSeconds) || 'no time'}, ${events} events${complete}, ${result.finishedAt}`,
  ]
}

function attemptLines(trial: TrialId, record: TrialAttempt): string[] {
  const { attempt, node, end, detail, phases, resources, usage, artifacts } = record
  const spent = Object.entries(phases)
    .filter(([, ms]) => ms > 0)
    .map(([phase, ms]) => `${phase.replace(/Ms$/, '')} ${secondsText(ms / 1_000)}`)
  const used =
    resources === null
      ? []
      : [
          `${(resources.peakMemoryBytes / 2 ** 20).toFixed(0)} of ` +
            `${(resources.memoryLimitBytes / 2 ** 20).toFixed(0)} MiB, ` +
            `${secondsText(resources.cpuMs / 1_000)} of cpu` +
            (resources.outOfMemory ? ', out of memory' : ''),
        ]
  return [
    '',
    `attempt ${attempt} on ${node || 'no node'}: ${end}`,
    ...(detail === '' ? [] : [indented(detail)]),
    ...(spent.length === 0 ? [] : [indented(spent.join(', '))]),
    ...used.map(indented),
    ...(usage === null || usage.calls === 0 ? [] : [indented(usageText(usage))]),
    ...(artifacts.packages.length === 0 ? [] : [indented(artifactsText(trial, record))]),
  ]
}

function usageText(usage: AttemptUsage): string {
  const { calls, inputTokens, cachedInputTokens, outputTokens, costMicros, waitedMs } = usage
  return [
    `${calls} calls of the model`,
    `${tokens(inputTokens)} tokens in (${tokens(cachedInputTokens)} cached)`,
    `${tokens(outputTokens)} out`,
    `cost ${dollarsText(costMicros)}`,
    ...(waitedMs >= 100 ? [`waited ${secondsText(waitedMs / 1_000)} for the provider`] : []),
  ].join(', ')
}

function artifactsText(trial: TrialId, { attempt, artifacts }: TrialAttempt): string {
  const { files, bytes } = artifacts
  const kept = files === 1 ? '1 file is kept' : `${files} files are kept`
  return `${kept} (${bytesText(bytes)}): sbench trial artifacts ${trial} --attempt ${attempt}`
}

const indented = (line: string): string => `  ${line}`

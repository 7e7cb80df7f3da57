import { mkdtemp } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { auditSweep, type Finding } from '../support/audit-sweep.ts'
import { FIXTURES } from '../support/farm.ts'
import { ChaosFarm, removeDaemonFolder } from './chaos-farm.ts'
import { COMPONENTS, type Component, killPlan } from './kill-plan.ts'
import { rampage } from './rampage.ts'

/**
 * Runs a sweep on a farm of two workers while its parts are killed at random, then checks that
 * nothing was lost, done twice or left behind. Needs root: it has a Docker daemon of its own.
 */
const USAGE = `npm run chaos -- [--trials 200] [--seed 1] [--only worker,nats] [--json]

  --trials  how many the sweep has, a multiple of 4
  --seed    which kills, and when; the same seed kills the same
  --only    components to kill: ${COMPONENTS.join(', ')}
  --json    one JSON document on stdout`

/** A trial takes a second or two; each kill costs what was under way, and its time to come back. */
const TRIAL_MS = 8_000
const SLACK_MS = 10 * 60_000

const { values } = parseArgs({
  options: {
    trials: { type: 'string', default: '200' },
    seed: { type: 'string', default: '1' },
    only: { type: 'string', default: COMPONENTS.join(',') },
    json: { type: 'boolean', default: false },
    help: { type: 'boolean', default: false },
  },
})
if (values.help) {
  process.stdout.write(`${USAGE}\n`)
  process.exit(0)
}
const trials = wholeNumber('--trials', values.trials)
const seed = wholeNumber('--seed', values.seed)
const only = components(values.only)
if (trials === 0 || trials % 4 !== 0) refuse('--trials must be a multiple of 4, at least 4')

const say = (line: string) => void process.stderr.write(`${line}\n`)
const folder = await mkdtemp(join(tmpdir(), 'sbench-chaos-'))
let findings: Finding[] = []
let report: Record<string, unknown> = {}
try {
  say('starting a Docker daemon and a farm of two workers')
  await using chaos = await ChaosFarm.up({ folder, ownDocker: true, say })
  const { farm } = chaos
  const sweep = await farm.submit(
    ...['--suite', FIXTURES, '--tasks', 'greet,take-your-time'],
    ...['--agent', 'oracle,nop', '--seeds', String(trials / 4)],
  )
  say(`sweep ${sweep}: ${trials} trials, seed ${seed}`)
  const timeoutMs = trials * TRIAL_MS + SLACK_MS
  const { kills, seconds } = await rampage(chaos, sweep, {
    kills: killPlan(seed, only),
    timeoutMs,
    say,
  })
  say(`the sweep ended after ${seconds.toFixed(0)} s; checking`)
  findings = await auditSweep(farm, sweep, trials)
  const outcomes = await farm.sql<{ outcome: string; n: string }>(
    `SELECT outcome, count() AS n FROM sbench.results FINAL
     WHERE sweep_id = {sweep:String} GROUP BY outcome ORDER BY outcome`,
    { sweep },
  )
  const ends = await farm.sql<{ end: string; n: string; example: string }>(
    `SELECT end, count() AS n, any(detail) AS example FROM sbench.attempts FINAL
     WHERE sweep_id = {sweep:String} GROUP BY end ORDER BY n DESC`,
    { sweep },
  )
  report = {
    ...{ trials, seed, sweep, seconds: Math.round(seconds), kills },
    outcomes: Object.fromEntries(outcomes.map(({ outcome, n }) => [outcome, Number(n)])),
    attempts: Object.fromEntries(ends.map(({ end, n }) => [end, Number(n)])),
    examples: Object.fromEntries(ends.map(({ end, example }) => [end, example])),
    findings,
  }
  process.stdout.write(values.json ? `${JSON.stringify(report, null, 2)}\n` : text())
} finally {
  await removeDaemonFolder(folder)
}
process.exitCode = findings.every(({ broken }) => broken.length === 0) ? 0 : 5

function text(): string {
  const pairs = (record: unknown) =>
    Object.entries(record as Record<string, number>)
      .map(([name, n]) => `${name} ${n}`)
      .join(', ')
  const lines = findings.flatMap(({ rule, broken }) => [
    `${broken.length === 0 ? 'holds ' : 'BROKEN'}  ${rule}`,
    ...broken.slice(0, 20).map((what) => `          ${what}`),
  ])
  return [
    `killed: ${pairs(report.kills)}`,
    `outcomes: ${pairs(report.outcomes)}`,
    `attempts: ${pairs(report.attempts)}`,
    ...Object.entries(report.examples as Record<string, string>)
      .filter(([, example]) => example !== '')
      .map(([end, example]) => `  ${end}: ${example.slice(0, 200)}`),
    ...lines,
    '',
  ].join('\n')
}

function components(list: string): Component[] {
  return list.split(',').map((name) => {
    const found = COMPONENTS.find((component) => component === name)
    return found ?? refuse(`--only: there is no ${name}; there are ${COMPONENTS.join(', ')}`)
  })
}

function wholeNumber(flag: string, value: string): number {
  return /^\d{1,9}$/.test(value) ? Number(value) : refuse(`${flag} must be a whole number`)
}

function refuse(why: string): never {
  process.stderr.write(`${why}\n\n${USAGE}\n`)
  process.exit(2)
}

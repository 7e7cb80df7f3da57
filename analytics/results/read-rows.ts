import { createReadStream } from 'node:fs'
import { createInterface } from 'node:readline'
import { nearestName } from '../../core/nearest.ts'
import { type Problem, problemsFailure } from '../../core/problems.ts'
import type { ResultsCollector } from './collect-results.ts'
import { csvRecords } from './csv-rows.ts'
import { COLUMNS, type RawRow } from './trial-row.ts'

const REQUIRED = ['contestant', 'task', 'seed'] as const

/** Rows of a file with one JSON object a line; blank lines are left out. */
export async function readNdjson(path: string, collector: ResultsCollector, subject = path) {
  let line = 0
  for await (const text of createInterface({
    input: createReadStream(path),
    crlfDelay: Infinity,
  })) {
    line += 1
    if (text.trim() === '') continue
    const place = `${subject} line ${line}`
    const row = objectOf(text)
    if (row === null)
      collector.refuse([{ path: '', value: text.slice(0, 60), remedy: NO_OBJECT }], place)
    else collector.add(fromExport(row), place)
  }
}

const NO_OBJECT = 'every line must be a JSON object; NaN is no JSON, leave such a score out'

/** Rows of a file of comma-separated values, the names of columns first. */
export async function readCsv(path: string, collector: ResultsCollector, subject = path) {
  let names: string[] | undefined
  for await (const { cells, line } of csvRecords(createReadStream(path, 'utf8'))) {
    const place = `${subject} line ${line}`
    if (names === undefined) {
      names = cells.map((cell) => ALIASES.get(cell.trim()) ?? cell.trim())
      checkNames(names, subject)
      continue
    }
    if (cells.length !== names.length) {
      const remedy = `the first line names ${names.length} columns`
      collector.refuse([{ path: 'columns', value: cells.length, remedy }], place)
      continue
    }
    const row = Object.fromEntries(names.map((name, at) => [name, cells[at]]))
    collector.add(fromExport(row), place)
  }
}

/** Names that people write for the same columns. */
const ALIASES = new Map([
  ['cost_usd', 'costUsd'],
  ['wall_seconds', 'wallSeconds'],
  ['task_version', 'taskVersion'],
])

function checkNames(names: readonly string[], subject: string): void {
  const problems: Problem[] = []
  const known = new Set(names)
  for (const name of REQUIRED) {
    if (known.has(name)) continue
    const near = nearestName(name, names)
    const hint = near === undefined ? '' : `; is it ${near}?`
    problems.push({ path: name, remedy: `there is no such column${hint}` })
  }
  if (!['score', 'pass', 'score_micros'].some((name) => known.has(name))) {
    problems.push({ path: 'score', remedy: 'there is no column score or pass' })
  }
  const twice = names.filter((name, at) => names.indexOf(name) !== at)
  for (const name of twice) problems.push({ path: name, remedy: 'two columns have this name' })
  if (problems.length === 0) return
  const found = names.slice(0, 20).join(', ')
  problems.push({ path: 'columns', value: found, remedy: `known ones are ${COLUMNS.join(', ')}` })
  throw problemsFailure('input.invalid', subject, problems)
}

/** Rows of `sbench export` have the columns of the table `results`: millionths and milliseconds. */
function fromExport(row: RawRow): RawRow {
  if (!('score_micros' in row) || !('trial_id' in row)) return row
  const { score_micros, pass, cost_micros, wall_ms, outcome, task_digest } = row
  const scaled = (value: unknown, unit: number) =>
    value === null || value === undefined || value === '' ? null : Number(value) / unit
  return {
    contestant: row.contestant,
    task: row.task,
    seed: row.seed,
    outcome,
    score: scaled(score_micros, 1e6),
    pass,
    costUsd: scaled(cost_micros, 1e6),
    wallSeconds: scaled(wall_ms, 1e3),
    family: row.family,
    category: row.category,
    taskVersion: task_digest,
  }
}

function objectOf(text: string): RawRow | null {
  try {
    const value: unknown = JSON.parse(text)
    return typeof value === 'object' && value !== null && !Array.isArray(value)
      ? (value as RawRow)
      : null
  } catch {
    return null
  }
}

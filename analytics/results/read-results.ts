import { open, readdir, stat } from 'node:fs/promises'
import { basename, join } from 'node:path'
import { Failure } from '../../core/failure.ts'
import { ResultsCollector } from './collect-results.ts'
import { findHarborTrials, readHarborTrial } from './read-harbor-jobs.ts'
import { readInspectLog } from './read-inspect-log.ts'
import { readCsv, readNdjson } from './read-rows.ts'
import type { Results } from './results.ts'

export type SourceKind = 'ndjson' | 'csv' | 'harbor' | 'inspect'

export interface ReadOptions {
  /** Name of the scorer or reward that is the score, where a harness has several. */
  readonly score?: string | undefined
}

export interface ReadAnswer {
  readonly results: Results
  readonly kinds: readonly SourceKind[]
  readonly rows: number
  /** What a reader should know: columns that no statistic reads. */
  readonly notes: readonly string[]
}

/**
 * Results of any harness, from files and folders: rows as NDJSON or CSV, Harbor's jobs, Inspect's
 * logs. Several are read as one board.
 *
 * @throws Failure `input.invalid` naming each mistake by file, line and column.
 */
export async function readResults(
  paths: readonly string[],
  { score }: ReadOptions = {},
): Promise<ReadAnswer> {
  const collector = new ResultsCollector()
  const kinds = new Set<SourceKind>()
  for (const path of paths) {
    for (const source of await sourcesOf(path)) {
      kinds.add(source.kind)
      await READERS[source.kind](source.path, collector, score)
    }
  }
  const results = collector.finish(paths.map((path) => basename(path)).join(', '))
  const unread = collector.unread
  const notes = unread.length === 0 ? [] : [`Columns that nothing reads: ${unread.join(', ')}.`]
  return { results, kinds: [...kinds].sort(), rows: collector.rows, notes }
}

type Reader = (path: string, collector: ResultsCollector, score?: string) => Promise<void>

const READERS: Readonly<Record<SourceKind, Reader>> = {
  ndjson: (path, collector) => readNdjson(path, collector, basename(path)),
  csv: (path, collector) => readCsv(path, collector, basename(path)),
  harbor: (path, collector, score) =>
    readHarborTrial(path, collector, { score, subject: basename(path) }),
  inspect: (path, collector, score) =>
    readInspectLog(path, collector, { score, subject: basename(path) }),
}

interface Source {
  readonly kind: SourceKind
  readonly path: string
}

async function sourcesOf(path: string): Promise<Source[]> {
  const facts = await stat(path).catch((cause: unknown) => {
    throw new Failure('input.invalid', `${path} cannot be read.`, { cause })
  })
  if (!facts.isDirectory()) return [{ kind: await kindOf(path), path }]
  const logs = (await readdir(path)).filter((name) => name.endsWith('.eval')).sort()
  const trials = await findHarborTrials(path)
  const sources: Source[] = [
    ...trials.map((found) => ({ kind: 'harbor', path: found }) as const),
    ...logs.map((name) => ({ kind: 'inspect', path: join(path, name) }) as const),
  ]
  if (sources.length > 0) return sources
  const message = `${path} holds neither a job of Harbor nor a log of Inspect (.eval).`
  throw new Failure('input.invalid', message, { facts: { path } })
}

/** By its name, or else by how it begins. */
async function kindOf(path: string): Promise<SourceKind> {
  if (path.endsWith('.csv')) return 'csv'
  if (/\.(ndjson|jsonl)$/.test(path)) return 'ndjson'
  await using file = await open(path)
  const { buffer, bytesRead } = await file.read(Buffer.alloc(64), 0, 64, 0)
  const start = buffer.toString('latin1', 0, bytesRead)
  if (start.startsWith('PK')) return 'inspect'
  return /^(?:\u00ef\u00bb\u00bf)?\s*\{/.test(start) ? 'ndjson' : 'csv'
}

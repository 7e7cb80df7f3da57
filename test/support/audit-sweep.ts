import { readdir } from 'node:fs/promises'
import { join } from 'node:path'
import { decodeArtifacts } from '../../core/artifact-package.ts'
import { messageOf } from '../../core/failure.ts'
import { isDigest, isSweepId } from '../../core/ids.ts'
import { remoteSweepBlobs } from '../../core/sweep-blobs.ts'
import { eventually } from './eventually.ts'
import type { Farm } from './farm.ts'

/** What must hold of any sweep that has ended, whatever died meanwhile. */
export interface Finding {
  readonly rule: string
  /** What breaks it; empty when it holds. */
  readonly broken: readonly string[]
}

/** The eight invariants of the design that a database can show: rows of `broken` are violations. */
const RULES: Readonly<Record<string, string>> = {
  'one result a trial, from one completion': `
    SELECT trial_id || ' has ' || toString(uniqExact(version)) || ' results' AS broken
    FROM sbench.results WHERE sweep_id = {sweep:String}
    GROUP BY trial_id HAVING uniqExact(version) != 1`,
  'a result comes from an attempt that ended well': `
    SELECT r.trial_id || ' attempt ' || toString(r.attempt) || ' ended ' || a.end AS broken
    FROM (SELECT * FROM sbench.results FINAL WHERE sweep_id = {sweep:String}) AS r
    LEFT JOIN (SELECT * FROM sbench.attempts FINAL WHERE sweep_id = {sweep:String}) AS a
      ON a.trial_id = r.trial_id AND a.attempt = r.attempt
    WHERE r.scored AND a.end != 'complete'`,
  'no fault of the infrastructure has a score': `
    SELECT trial_id || ' ' || toString(outcome) AS broken FROM sbench.results FINAL
    WHERE sweep_id = {sweep:String} AND score_micros IS NOT NULL
      AND outcome IN ('infra-failed', 'ungraded', 'cancelled')`,
  'the reference solution passes and doing nothing does not': `
    SELECT trial_id || ' ' || toString(agent) || ' ' || detail AS broken FROM sbench.results FINAL
    WHERE sweep_id = {sweep:String} AND scored
      AND (agent IN ('oracle', 'loop') AND NOT pass OR agent IN ('nop', 'cheat') AND pass)`,
  'a complete attempt has all its events': `
    SELECT a.trial_id || ' attempt ' || toString(a.attempt) || ': ' || toString(e.distinct_seqs)
      || ' of ' || toString(a.events) AS broken
    FROM (SELECT trial_id, attempt, events FROM sbench.attempts FINAL
          WHERE sweep_id = {sweep:String} AND end = 'complete') AS a
    LEFT JOIN (SELECT trial_id, attempt, uniqExact(seq) AS distinct_seqs, max(seq) AS last_seq
               FROM sbench.events WHERE sweep_id = {sweep:String} GROUP BY ALL) AS e
      ON a.trial_id = e.trial_id AND a.attempt = e.attempt
    WHERE a.events != e.distinct_seqs OR e.last_seq + 1 != a.events`,
  'what was stored twice is equal to the byte': `
    SELECT trial_id || ' attempt ' || toString(attempt) || ' seq ' || toString(seq) AS broken
    FROM sbench.events WHERE sweep_id = {sweep:String}
    GROUP BY trial_id, attempt, seq HAVING uniqExact(ts, kind, turn, body) != 1`,
}

const NOTHING_LEFT_MS = 120_000

/** @param trials how many the sweep planned. */
export async function auditSweep(farm: Farm, sweep: string, trials: number): Promise<Finding[]> {
  const findings: Finding[] = []
  const counted = await farm.results(sweep)
  findings.push({
    rule: 'every planned trial has a result',
    broken: counted === trials ? [] : [`${counted} of ${trials} trials have one`],
  })
  for (const [rule, query] of Object.entries(RULES)) {
    const rows = await farm.sql<{ broken: string }>(query, { sweep })
    findings.push({ rule, broken: rows.map(({ broken }) => broken) })
  }
  findings.push({
    rule: 'the artifacts on record are there, and are what the record says',
    broken: await brokenArtifacts(farm, sweep),
  })
  findings.push({
    rule: 'no container, network, volume or image is left after two minutes',
    broken: await emptyWithin(() => farm.leftovers(sweep)),
  })
  findings.push({
    rule: 'spools are gone once ClickHouse holds their events',
    broken: await emptyWithin(() => spooled(farm)),
  })
  return findings
}

const ARTIFACTS = `
  SELECT trial_id, attempt, artifacts, artifact_files FROM sbench.attempts FINAL
  WHERE sweep_id = {sweep:String} AND notEmpty(artifacts)`

interface ArtifactsRow {
  readonly trial_id: string
  readonly attempt: number
  readonly artifacts: readonly string[]
  readonly artifact_files: number
}

async function brokenArtifacts(farm: Farm, sweep: string): Promise<string[]> {
  if (!isSweepId(sweep)) return [`${sweep} is no sweep's id`]
  const blobs = remoteSweepBlobs(farm.coordinatorUrl).of(sweep)
  const filesIn = async (digest: string) => {
    if (!isDigest(digest)) throw new Error(`${digest} is no digest`)
    return (await decodeArtifacts(await blobs.get(digest))).files.length
  }
  const broken: string[] = []
  for (const row of await farm.sql<ArtifactsRow>(ARTIFACTS, { sweep })) {
    const { trial_id, attempt, artifacts, artifact_files } = row
    const counts = Promise.all(artifacts.map(filesIn))
    const found = await counts.then(
      (files) => `${files.reduce((sum, count) => sum + count, 0)} files`,
      messageOf,
    )
    const wanted = `${artifact_files} files`
    if (found !== wanted) broken.push(`${trial_id} attempt ${attempt}: ${found}, not ${wanted}`)
  }
  return broken
}

/** What is still there in the end. */
async function emptyWithin(list: () => Promise<string[]>): Promise<string[]> {
  let left: string[] = []
  const isEmpty = async () => {
    left = await list()
    return left.length === 0
  }
  await eventually('nothing is left', isEmpty, NOTHING_LEFT_MS).catch(() => undefined)
  return left
}

/** Files in the spools of all nodes that keep their data in the farm's folder. */
async function spooled(farm: Farm): Promise<string[]> {
  const data = join(farm.home, 'data')
  const nodes = (await readdir(data)).filter((name) => /^(worker|node-)/.test(name))
  const files = nodes.map(async (node) => {
    const names = await readdir(join(data, node, 'spool')).catch(() => [])
    return names.map((name) => `${node}/spool/${name}`)
  })
  return (await Promise.all(files)).flat()
}

import { fork } from 'node:child_process'
import { once } from 'node:events'
import { fileURLToPath } from 'node:url'
import { TemporalServer } from '../support/temporal-server.ts'
import { type Bench, factRow, ratioRow } from './bench.ts'
import { HelloWorld } from './hello-world.ts'
import { coreSeconds } from './process-usage.ts'

const TRIALS = 2_000
const LONG_TRIALS = 20_000
/** Workflows of both kinds that are open at once. */
const OPEN = 100
const WARM = 100
const HELLOS = 1_000
const MEGABYTE = 1024 * 1024
const MOST_GROWTH = 1.25
const ENTRY = fileURLToPath(new URL('scheduling-process.ts', import.meta.url))

/**
 * Trials that touch no container, against hello-world workflows of one activity on the same server.
 * A trial is a child of its shard and has two activities, and its part of the calls that store results.
 * Half of the hello-worlds run before the trials and half after.
 */
export const bench: Bench = {
  name: 'scheduling',
  async run({ long }) {
    await using server = await TemporalServer.start()
    await using hello = await HelloWorld.start(server)
    const trials = long ? LONG_TRIALS : TRIALS
    await hello.run(WARM, OPEN)
    const spent = [coreSeconds(server.pid)]
    const before = await hello.run(HELLOS, OPEN)
    spent.push(coreSeconds(server.pid))
    const { seconds, warmBytes, endBytes } = await trialsOn(server, trials)
    spent.push(coreSeconds(server.pid))
    const after = await hello.run(HELLOS, OPEN)
    const [first = 0, second = 0, third = 0] = spent
    const ofHellos = second - first + coreSeconds(server.pid) - third
    const what = `trials without containers, of ${trials}, against hello-world workflows`
    const rates = { ours: trials / seconds, anchor: (2 * HELLOS) / (before + after) }
    const memory = { ours: endBytes / MEGABYTE, anchor: warmBytes / MEGABYTE, unit: 'MB' }
    return [
      ratioRow(what, { ...rates, unit: '/s', least: 0.5 }),
      ratioRow('memory of their workers, at the end against after 1,500', {
        ...memory,
        most: MOST_GROWTH,
      }),
      factRow("cores of Temporal's server, a trial against a hello-world workflow", {
        ours: ((third - second) * 1e3) / trials,
        anchor: (ofHellos * 1e3) / (2 * HELLOS),
        unit: 'core-ms',
      }),
      factRow('hello-world workflows, after the trials against before them', {
        ours: HELLOS / after,
        anchor: HELLOS / before,
        unit: '/s',
      }),
    ]
  },
}

interface Measured {
  readonly seconds: number
  readonly warmBytes: number
  readonly endBytes: number
}

async function trialsOn({ address }: TemporalServer, trials: number): Promise<Measured> {
  const child = fork(ENTRY, [address, `${trials}`, `${OPEN}`])
  const ended = once(child, 'exit')
  const answered = once(child, 'message')
  const first = await Promise.race([answered, ended.then(() => null)])
  if (first === null) throw new Error('the process with the trials ended without an answer')
  await ended
  return first[0] as Measured
}

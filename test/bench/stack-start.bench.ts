import { execFile } from 'node:child_process'
import { promisify } from 'node:util'
import { Farm } from '../support/farm.ts'
import { type Bench, factRow, quantile } from './bench.ts'
import { farmSpent, type Spent } from './core-accounts.ts'

const STARTS = 3
const NODE_STARTS = 9
const MOST_SECONDS = 3

/**
 * `sbench up` until it says that all is ready, on a folder that has been up before, beside what three
 * starts of Node take just then: a stack starts five Node processes, and the command is another.
 */
export const bench: Bench = {
  name: 'stack-start',
  async run() {
    await using farm = await Farm.up()
    const starts: number[] = []
    const nodes: number[] = []
    const cores: number[] = []
    for (let n = 0; n < STARTS; n += 1) {
      await succeed(farm, 'down')
      for (let m = 0; m < NODE_STARTS / STARTS; m += 1) nodes.push(await seconds(startNode))
      starts.push(await seconds(() => succeed(farm, 'up')))
      cores.push(total(await farmSpent(farm)))
    }
    const ours = quantile(starts, 0.5)
    const anchor = 3 * quantile(nodes, 0.5)
    return [
      {
        what: '`sbench up` to ready, warm, beside three starts of Node',
        ours,
        anchor,
        unit: 's',
        ratio: ours / anchor,
        target: `< ${MOST_SECONDS} s`,
        met: ours < MOST_SECONDS,
      },
      factRow('cores of a start, all parts', { ours: quantile(cores, 0.5), unit: 'core-s' }),
    ]
  },
}

/** Without Docker's daemon, which is older than the start. */
function total(spent: Spent): number {
  const parts = [...spent].filter(([part]) => part !== 'docker')
  return parts.reduce((sum, [, more]) => sum + more, 0)
}

const startNode = () => promisify(execFile)(process.execPath, ['-e', '0'])

async function succeed(farm: Farm, ...args: string[]): Promise<void> {
  const { code, stderr } = await farm.sbench(...args)
  if (code !== 0) throw new Error(`sbench ${args.join(' ')} ended with ${code}: ${stderr}`)
}

async function seconds(work: () => Promise<unknown>): Promise<number> {
  const startedAt = performance.now()
  await work()
  return (performance.now() - startedAt) / 1_000
}

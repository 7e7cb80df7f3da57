import { DEFAULT_LIMITS } from '../../coordinator/contract/sweep.ts'
import { ScriptedFarm } from '../support/scripted-farm.ts'
import { scriptedManifest } from '../support/scripted-manifest.ts'
import { TemporalServer } from '../support/temporal-server.ts'
import { residentBytes } from './process-usage.ts'

/**
 * The coordinator's workflows, and nodes and a sink that answer at once, in a process of their own,
 * so that its memory is theirs alone: `scheduling-process.ts <address> <trials> <concurrency>`.
 */
const [address = '', trials = '0', concurrency = '1'] = process.argv.slice(2)
const count = Number(trials)
/** Memory is read when so many of the trials are done: earlier the process is still warming up. */
const WARM_TRIALS = 1_500

await using server = await TemporalServer.at(address)
await using farm = await ScriptedFarm.start(server)
let done = 0
let warmBytes = 0
farm.script = {
  persist: async () => {
    done += 1
    // They are kept for tests, and would be what the memory grows by.
    farm.results.length = 0
    if (done === Math.min(WARM_TRIALS, count)) warmBytes = residentBytes(process.pid)
  },
}
await finished(20)
done = 0
const seconds = await finished(count)
process.send?.({ seconds, warmBytes, endBytes: residentBytes(process.pid) })

async function finished(seeds: number): Promise<number> {
  const limits = { ...DEFAULT_LIMITS, concurrency: Number(concurrency) }
  const manifest = scriptedManifest({ contestants: 1, tasks: 1, seeds }, limits)
  const startedAt = performance.now()
  const { counts } = await (await farm.submit(manifest)).result()
  if (counts.scored !== seeds) throw new Error(`only ${counts.scored} of ${seeds} trials ended`)
  return (performance.now() - startedAt) / 1_000
}

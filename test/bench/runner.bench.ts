import { randomUUID } from 'node:crypto'
import { DockerHost } from '../../sandbox/docker-host.ts'
import { imageBuilds } from '../../sandbox/image-builds.ts'
import type { CommandRunner } from '../../sandbox/running-command.ts'
import type { Sandbox } from '../../sandbox/sandbox.ts'
import { sandboxOptions } from '../../sandbox/sandbox-fixture.ts'
import { type Bench, type BenchRow, quantile } from './bench.ts'

const ROUNDS = 200
const EXEC_ROUNDS = 25
const OUTPUT_BYTES = 100_000_000
const FLAT_BYTES = 64 * 1024 * 1024
const MEGABYTE = 1_000_000
const ZEROS = ['head', '-c', String(OUTPUT_BYTES), '/dev/zero']

/** Commands through the runner, against the same commands as a Docker exec each. */
export const bench: Bench = {
  name: 'runner',
  async run() {
    await using host = await DockerHost.open({ owner: `sbench-bench-${randomUUID()}` })
    host.useRunner(imageBuilds(host, { environment: process.env }))
    await host.prepareRunner()
    await using sandbox = await host.start(sandboxOptions())
    const runner = await sandbox.runner()
    if (runner.kind !== 'runner') throw new Error('the runner does not run here')
    return [await roundTrip(runner, sandbox), ...(await muchOutput(runner, host, sandbox))]
  },
}

async function roundTrip(runner: CommandRunner, sandbox: Sandbox): Promise<BenchRow> {
  const ours = await median(ROUNDS, async () => {
    const command = await runner.start(['true'])
    await command.ended
  })
  const anchor = await median(EXEC_ROUNDS, () => sandbox.exec(['true'], { timeoutMs: 30_000 }))
  return {
    what: 'round trip of `true` through the runner, against Docker exec, p50',
    ours,
    anchor,
    unit: 'ms',
    ratio: ours / anchor,
    target: '<= 5 ms, <= 0.1x',
    met: ours <= 5 && ours * 10 <= anchor,
  }
}

async function muchOutput(
  runner: CommandRunner,
  host: DockerHost,
  sandbox: Sandbox,
): Promise<BenchRow[]> {
  const what = '100 MB of output through the runner'
  const anchor = await rate(async () => {
    const exec = await host.docker.getContainer(sandbox.id).exec({ Cmd: ZEROS, AttachStdout: true })
    return await exec.start({})
  })
  const before = process.memoryUsage().rss
  let peak = before
  const ours = await rate(async () => (await runner.start(ZEROS)).stdout, {
    onPiece: () => {
      peak = Math.max(peak, process.memoryUsage.rss())
    },
  })
  const isFlat = peak - before < FLAT_BYTES
  return [
    {
      what,
      ours,
      anchor,
      unit: 'MB/s',
      ratio: ours / anchor,
      target: '>= 200 MB/s, or flat memory',
      met: ours >= 200 || isFlat,
    },
    {
      what: `${what}: memory on top`,
      ours: (peak - before) / MEGABYTE,
      anchor: null,
      unit: 'MB',
      ratio: null,
      target: `< ${FLAT_BYTES / MEGABYTE} MB`,
      met: isFlat,
    },
  ]
}

async function median(rounds: number, work: () => Promise<unknown>): Promise<number> {
  const times: number[] = []
  for (let n = 0; n < rounds; n += 1) {
    const startedAt = performance.now()
    await work()
    times.push(performance.now() - startedAt)
  }
  return quantile(times, 0.5)
}

/** Megabytes a second. */
async function rate(
  open: () => Promise<AsyncIterable<{ readonly length: number }> | NodeJS.ReadableStream>,
  { onPiece = () => undefined }: { readonly onPiece?: () => void } = {},
): Promise<number> {
  const startedAt = performance.now()
  let bytes = 0
  for await (const piece of await open()) {
    bytes += piece.length
    onPiece()
  }
  if (bytes < OUTPUT_BYTES) throw new Error(`only ${bytes} bytes came`)
  return bytes / MEGABYTE / ((performance.now() - startedAt) / 1_000)
}

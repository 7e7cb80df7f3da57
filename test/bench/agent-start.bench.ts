import { randomUUID } from 'node:crypto'
import { DockerHost } from '../../sandbox/docker-host.ts'
import { imageBuilds } from '../../sandbox/image-builds.ts'
import { installations } from '../../sandbox/installations.ts'
import type { Sandbox, SandboxVolume } from '../../sandbox/sandbox.ts'
import { sandboxOptions } from '../../sandbox/sandbox-fixture.ts'
import { TemporaryFolder } from '../../tasks/task-fixture.ts'
import { codex } from '../../worker/agents/installed/codex/codex.ts'
import type { AgentStart } from '../../worker/agents/installed/definition.ts'
import { installedAgent } from '../../worker/agents/installed/installed-agent.ts'
import { Checkpoints } from '../../worker/checkpoints.ts'
import { agentRun, GATEWAY_PORT, runToEnd, TEST_KEY } from '../support/agent-in-sandbox.ts'
import { ScriptedModel } from '../support/scripted-model.ts'
import { addedRow, type Bench, quantile } from './bench.ts'

const ROUNDS = 10
const LIMIT_MS = 60_000
const HOME_BY_HAND = '/var/tmp/by-hand'
const INSTRUCTION = 'Make the file.'

/**
 * From the moment when a worker has an agent begin in a sandbox that stands ready to the agent's first
 * call of its model, against the same program started by hand in the same image: from its own process's
 * beginning, so that what it takes to get a command into a container is ours.
 */
export const bench: Bench = {
  name: 'agent-start',
  async run() {
    await using host = await DockerHost.open({ owner: `sbench-bench-${randomUUID()}` })
    const images = imageBuilds(host, { environment: process.env })
    host.useRunner(images)
    await host.prepareRunner()
    const { installation } = codex
    if (installation === null) throw new Error('it is the image that has codex')
    const volume = await installations(host, images).ensure(installation)
    await using folder = await TemporaryFolder.with({})
    const checkpoints = await Checkpoints.open(folder.at('checkpoints'))
    const place = { host, volume, folder, checkpoints }
    const times = { ours: [] as number[], byHand: [] as number[] }
    for (let round = 0; round <= ROUNDS; round += 1) {
      const ours = await timed(place, startedByWorker)
      const byHand = await timed(place, startedByHand)
      // The first of each reads it from the disk.
      if (round === 0) continue
      times.ours.push(ours)
      times.byHand.push(byHand)
    }
    return [0.5, 0.9].map((share) =>
      addedRow(`start of ${codex.name} in a sandbox, beyond its own, p${share * 100}`, {
        ours: quantile(times.ours, share),
        anchor: quantile(times.byHand, share),
        unit: 'ms',
        most: 300,
      }),
    )
  },
}

interface Place {
  readonly host: DockerHost
  readonly volume: SandboxVolume
  readonly folder: TemporaryFolder
  readonly checkpoints: Checkpoints
}

/** Starts an agent; Unix milliseconds of its beginning. */
type Start = (sandbox: Sandbox, place: Place) => Promise<number>

/** Milliseconds to the first call of the model, in a sandbox and with a model of its own. */
async function timed(place: Place, start: Start): Promise<number> {
  await using model = new ScriptedModel({ shell: 'true', finalText: 'It is done.' })
  const socketPath = place.folder.at('model.sock')
  await model.listen(socketPath)
  await using sandbox = await place.host.start(
    sandboxOptions({
      memoryMb: 2_048,
      cpus: 2,
      pidsLimit: 1_024,
      volumes: [place.volume],
      relay: { socketPath, port: GATEWAY_PORT },
    }),
  )
  const began = await start(sandbox, place)
  const [first] = model.seen
  if (first === undefined) throw new Error('the agent did not call its model')
  return first.at - began
}

async function startedByWorker(sandbox: Sandbox, { checkpoints }: Place): Promise<number> {
  const run = agentRun({ agent: codex.name, sandbox, instruction: INSTRUCTION })
  const checkpoint = checkpoints.of(run.trial.trial, 1)
  const began = performance.timeOrigin + performance.now()
  const { end } = await runToEnd(installedAgent(codex), { ...run, checkpoint })
  if (end.outcome !== 'scored') throw new Error(`${codex.name} ended badly: ${end.detail}`)
  return began
}

async function startedByHand(sandbox: Sandbox): Promise<number> {
  const { command, env, files } = startOf()
  await write(sandbox, { ...files, 'instruction.md': INSTRUCTION })
  const script = `date +%s%N; exec "$@" < ${HOME_BY_HAND}/instruction.md`
  const { exitCode, stdout, stderr } = await sandbox.exec(['sh', '-c', script, 'sh', ...command], {
    env: { ...env, HOME: HOME_BY_HAND },
    workdir: '/srv',
    timeoutMs: LIMIT_MS,
  })
  if (exitCode !== 0) throw new Error(`${codex.name} ended with ${exitCode}: ${stderr.text}`)
  return Number(stdout.text.split('\n', 1)[0]) / 1e6
}

function startOf(): AgentStart {
  const url = `http://127.0.0.1:${GATEWAY_PORT}`
  return codex.start({
    home: HOME_BY_HAND,
    instructionPath: `${HOME_BY_HAND}/instruction.md`,
    model: { url, key: TEST_KEY, name: 'engineer', facts: null },
    parameters: {},
    mcp: [],
    timeoutMs: LIMIT_MS,
  })
}

async function write(sandbox: Sandbox, files: AgentStart['files']): Promise<void> {
  const commands = Object.entries(files).map(
    ([name, text]) =>
      `echo ${Buffer.from(text).toString('base64')} | base64 -d > ${HOME_BY_HAND}/${name}`,
  )
  const script = ['set -e', `mkdir -p ${HOME_BY_HAND}`, ...commands].join('\n')
  const { exitCode } = await sandbox.exec(['sh', '-c', script], { timeoutMs: LIMIT_MS })
  if (exitCode !== 0) throw new Error('the files of the agent could not be written')
}

import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { bareContestant, NO_TRIAL_LIMITS } from '../../coordinator/contract/sweep.ts'
import { newSweepId, trialIdOf } from '../../core/ids.ts'
import { silentLog } from '../../core/log.ts'
import { openMetrics } from '../../core/metrics.ts'
import { dialects } from '../../worker/gateway/dialects/dialects.ts'
import { ModelGateway } from '../../worker/gateway/model-gateway.ts'
import { type EventRecorder, Recorder } from '../../worker/trajectory/recorder.ts'
import { Spool } from '../../worker/trajectory/spool.ts'
import { FAKE_FACTS, NOTHING_SPENT } from '../support/gateway-trial.ts'

/**
 * A gateway in a process of its own, as a node runs it: with a real spool behind each call. Told by
 * its parent where the provider is; says where it is, and how much memory it held at most.
 */
const [providerUrl = '', recording = 'on'] = process.argv.slice(2)
const folder = await mkdtemp(join(tmpdir(), 'sbench-bench-'))
const gateway = await ModelGateway.start({
  socketPath: join(folder, 'gateway.sock'),
  dataFolder: folder,
  dialects: Object.values(dialects),
  providers: [
    {
      name: 'fake',
      dialects: ['anthropic-messages'],
      baseUrl: providerUrl,
      key: { env: 'KEY' },
      headers: {},
      pace: { requestsPerMinute: null, tokensPerMinute: null, concurrency: null },
    },
  ],
  environment: { KEY: 'sk-of-the-bench-0123456789' },
  nats: null,
  node: 'bench',
  boot: 'bench',
  scripted: null,
  log: silentLog,
  metrics: openMetrics('bench'),
})

const TRIALS = 8
const NO_RECORD: EventRecorder = { record: () => undefined, flush: async () => undefined }
const sweep = newSweepId()
const spool = await Spool.open(join(folder, 'spool'))
const trials = await Promise.all(Array.from({ length: TRIALS }, (_, seed) => openTrial(seed)))

async function openTrial(seed: number) {
  const trial = trialIdOf(sweep, 'bench', 'bench', seed)
  const [, file] = await spool.create(trial, 1)
  const recorder = new Recorder({ sweep, trial, attempt: 1, log: file })
  const access = await gateway.open({
    sweep,
    trial,
    attempt: 1,
    task: 'bench',
    seed,
    contestant: { ...bareContestant('loop'), model: 'fake/model', modelFacts: FAKE_FACTS },
    limits: NO_TRIAL_LIMITS,
    sweepBudgetMicros: null,
    spent: NOTHING_SPENT,
    recorder: recording === 'off' ? NO_RECORD : recorder,
    taskDir: '/nowhere',
  })
  return { access, recorder, file }
}

process.send?.({ url: gateway.url, keys: trials.map(({ access }) => access.key), folder })
process.on('message', (message) => {
  // The kernel's own record, in KB: sampling would miss the peak or cost time.
  if (message === 'memory') process.send?.({ peakBytes: process.resourceUsage().maxRSS * 1024 })
  if (message === 'stop') void stop()
})

async function stop(): Promise<void> {
  await gateway[Symbol.asyncDispose]()
  for (const { recorder, file } of trials) {
    await recorder[Symbol.asyncDispose]()
    await file[Symbol.asyncDispose]()
  }
  await rm(folder, { recursive: true, force: true })
  process.exit(0)
}

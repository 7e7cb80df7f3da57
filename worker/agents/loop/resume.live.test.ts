import { readFile } from 'node:fs/promises'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { bareContestant } from '../../../coordinator/contract/sweep.ts'
import {
  type Death,
  madeRun,
  madeTask,
  madeTrial,
  memoryCheckpoint,
  mortal,
  plainAccess,
  played,
} from '../../../test/support/agent-run.ts'
import { eventually } from '../../../test/support/eventually.ts'
import { localSandbox } from '../../../test/support/local-sandbox.ts'
import { type ChatRequest, type Reply, startLoopModel } from '../../../test/support/loop-model.ts'
import type { AgentEnd, Checkpoint, NewEvent } from '../agent.ts'
import { parseLog } from './log-entry.ts'
import { loopAgent } from './loop-agent.ts'

const CALLS = [
  [
    { tool: 'bash', input: { command: 'cd sub; mark=kept; echo 1-0 >>"$HOME/ran"' } },
    { tool: 'bash', input: { command: 'echo 1-1 >>"$HOME/ran"; pwd' } },
  ],
  [
    { tool: 'bash', input: { command: 'echo "2-0" >>"$HOME/ran"; echo "$mark"' } },
    { tool: 'edit', input: { action: 'create', path: 'made', content: 'x' } },
  ],
]
/** By what the model has seen, as a model does: it knows nothing of processes. */
const reply = ({ messages }: ChatRequest): Reply => {
  const calls = CALLS[messages.filter(({ role }) => role === 'assistant').length]
  return calls === undefined ? { text: 'done' } : { calls }
}
/** Writes of a life without a death: beginning, three answers, start and end of four calls, stop. */
const WRITES = 1 + 3 + 2 * 4 + 1

async function livesOf(deaths: readonly Death[]) {
  const { task, folder } = await madeTask({ 'sub/.keep': '' })
  await using _folder = folder
  await using sandbox = localSandbox(folder.path)
  await using model = await startLoopModel(reply)
  const checkpoint = memoryCheckpoint()
  const contestant = { ...bareContestant('loop'), model: 'lab/m' }
  const run = madeRun(
    { task, sandbox },
    { access: plainAccess(model.url), trial: madeTrial(task, contestant), checkpoint },
  )
  const recorded: NewEvent[][] = []
  const live = async (own: Checkpoint): Promise<AgentEnd> => {
    const events: NewEvent[] = []
    recorded.push(events)
    const steps = loopAgent().run({ ...run, checkpoint: own })
    for (;;) {
      const next = await steps.next()
      if (next.done === true) return next.value
      events.push(next.value)
    }
  }
  for (const death of deaths) {
    const [own, died] = mortal(checkpoint, death)
    await Promise.race([live(own), died])
  }
  const end = await live(checkpoint)
  const ran = await readFile(folder.at('ran'), 'utf8').catch(() => '')
  const log = parseLog(await checkpoint.entries())
  return { end, log, recorded, requests: model.requests, ran: ran.split('\n').filter(Boolean) }
}

async function holdsAfter(deaths: readonly Death[]) {
  const { end, log, recorded, requests, ran } = await livesOf(deaths)
  const where = JSON.stringify(deaths)
  expect(end, where).toEqual({ outcome: 'scored', detail: '' })

  const answers = log.flatMap((entry) => (entry.type === 'answered' ? [entry.turn] : []))
  expect(answers, where).toEqual([1, 2, 3])
  expect(requests.length, where).toBeLessThanOrEqual(3 + deaths.length)

  const ended = log.flatMap((entry) => (entry.type === 'call-ended' ? [entry] : []))
  const name = ({ turn, call }: { turn: number; call: number }) => `${turn}-${call}`
  expect(ended.map(name).toSorted(), where).toEqual(['1-0', '1-1', '2-0', '2-1'])
  const begun = log.flatMap((entry) => (entry.type === 'call-started' ? [name(entry)] : []))
  expect(begun.toSorted(), where).toEqual(['1-0', '1-1', '2-0', '2-1'])
  for (const entry of ended.filter((entry) => name(entry) !== '2-1')) {
    const times = ran.filter((line) => line === name(entry)).length
    const interrupted = entry.meta.interrupted === true
    expect(times, `${where} ${name(entry)}`).toBeLessThanOrEqual(1)
    if (!interrupted) expect(times, `${where} ${name(entry)}`).toBe(1)
    if (interrupted) expect(entry.text).toContain('Interrupted')
  }
  const first = ended.find((entry) => name(entry) === '1-0')
  const third = ended.find((entry) => name(entry) === '2-0')
  if (first?.meta.interrupted !== true && third?.meta.interrupted !== true) {
    expect(third?.text, where).toBe('kept\n')
  }

  const events = recorded.flat()
  for (const kind of ['tool-call', 'tool-result'] as const) {
    const seen = events.filter((event) => event.kind === kind && event.meta?.again !== true)
    const keys = seen.map(({ turn, body, meta }) => `${turn} ${meta?.call} ${body}`)
    expect(new Set(keys).size, where).toBe(keys.length)
    const all = events.filter((event) => event.kind === kind)
    const calls = new Set(all.map(({ turn, meta }) => `${turn} ${meta?.call}`))
    expect(calls.size, where).toBe(4)
  }
}

test('a life without a death writes what the others are measured by', async () => {
  const { log, recorded, ran } = await livesOf([])
  expect(log).toHaveLength(WRITES)
  expect(ran).toEqual(['1-0', '1-1', '2-0'])
  expect(recorded.flat().some(({ meta }) => meta?.again === true)).toBe(false)
})

test('wherever a process dies, the next loses no turn and runs no call twice', async () => {
  for (let write = 0; write < WRITES; write += 1) {
    await holdsAfter([{ write, durable: true }])
    await holdsAfter([{ write, durable: false }])
  }
}, 120_000)

test('however often processes die, no turn is lost and no call runs twice', async () => {
  const death = fc.record({ write: fc.nat(WRITES - 1), durable: fc.boolean() })
  await fc.assert(fc.asyncProperty(fc.array(death, { minLength: 2, maxLength: 4 }), holdsAfter), {
    numRuns: 6,
  })
}, 120_000)

test('a command that outlived its process is killed, and the model hears of it', async () => {
  const { task, folder } = await madeTask()
  await using _folder = folder
  await using sandbox = localSandbox(folder.path)
  await using model = await startLoopModel(({ messages }) => {
    const calls = [{ tool: 'bash', input: { command: 'echo $$ >pid; sleep 43217; echo >late' } }]
    return messages.length > 3 ? { text: 'done' } : { calls }
  })
  const checkpoint = memoryCheckpoint()
  const run = madeRun({ task, sandbox }, { access: plainAccess(model.url), checkpoint })
  const [own, died] = mortal(checkpoint, { write: 3, durable: false })
  const first = loopAgent().run({ ...run, checkpoint: own })
  const firstLife = (async () => {
    while (!(await first.next()).done);
  })()
  const pidFile = () => readFile(folder.at('pid'), 'utf8').catch(() => '')
  await eventually('the command runs', async () => (await pidFile()) !== '')
  const pid = Number(await pidFile())
  const { end, events } = await played(loopAgent(), run)
  await Promise.race([firstLife, died])
  expect(end.outcome).toBe('scored')
  expect(() => process.kill(pid, 0)).toThrow('ESRCH')
  const result = events.find(({ kind }) => kind === 'tool-result')
  expect(result?.body).toContain('has been killed')
  expect(result?.meta).toMatchObject({ interrupted: true })
  expect(await readFile(folder.at('late'), 'utf8').catch(() => null)).toBeNull()
})

test('a checkpoint of another version is refused, and one that had ended says its end again', async () => {
  const { task, folder } = await madeTask()
  await using _folder = folder
  await using sandbox = localSandbox(folder.path)
  const stopped = { type: 'stopped', turn: 4, outcome: 'budget', detail: 'spent' }
  const again = { access: plainAccess('http://127.0.0.1:1') }
  const ended = memoryCheckpoint([JSON.stringify(stopped)])
  const { end } = await played(
    loopAgent(),
    madeRun({ task, sandbox }, { ...again, checkpoint: ended }),
  )
  expect(end).toEqual({ outcome: 'budget', detail: 'spent' })
  const other = memoryCheckpoint(['{"type":"begun"}'])
  await expect(
    played(loopAgent(), madeRun({ task, sandbox }, { ...again, checkpoint: other })),
  ).rejects.toMatchObject({ code: 'input.invalid' })
})

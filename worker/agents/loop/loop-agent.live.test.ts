import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { bareContestant } from '../../../coordinator/contract/sweep.ts'
import type { DockerHost } from '../../../sandbox/docker-host.ts'
import { imageBuilds } from '../../../sandbox/image-builds.ts'
import { leftovers, openTestHost, sandboxOptions } from '../../../sandbox/sandbox-fixture.ts'
import type { Task } from '../../../tasks/task.ts'
import type { TemporaryFolder } from '../../../tasks/task-fixture.ts'
import {
  madeRun,
  madeTask,
  madeTrial,
  memoryCheckpoint,
  mortal,
  plainAccess,
  played,
} from '../../../test/support/agent-run.ts'
import { eventually } from '../../../test/support/eventually.ts'
import { type Reply, startLoopModel } from '../../../test/support/loop-model.ts'
import type { NewEvent } from '../agent.ts'
import { loopAgent } from './loop-agent.ts'

let task: Task
let folder: TemporaryFolder
beforeAll(async () => {
  ;({ task, folder } = await madeTask({
    'task.toml': '[agent]\nuser = "nobody"\n[environment]\nworkdir = "/tmp"\n',
  }))
})
afterAll(() => folder[Symbol.asyncDispose]())

const bash = (command: string, more: object = {}) => ({ tool: 'bash', input: { command, ...more } })
const edit = (input: object) => ({ tool: 'edit', input })
const job = (input: object) => ({ tool: 'job', input })

/** Calls of one turn may end in any order. */
const place = ({ turn, meta }: NewEvent) => `${turn} ${meta?.call}`

describe.each(['runner', 'exec'] as const)('in a container, over %s', (kind) => {
  let host: DockerHost
  beforeAll(async () => {
    host = await openTestHost()
    if (kind === 'runner') host.useRunner(imageBuilds(host, { environment: process.env }))
  })
  afterAll(async () => {
    expect(await leftovers(host)).toEqual([])
    await host[Symbol.asyncDispose]()
  })

  async function outcomesOf(...replies: readonly Reply[]) {
    await using sandbox = await host.start(sandboxOptions())
    expect((await sandbox.runner()).kind).toBe(kind)
    await using model = await startLoopModel((_, call) => replies[call] ?? { text: 'done' })
    const contestant = { ...bareContestant('loop'), model: 'lab/m' }
    const trial = madeTrial(task, contestant)
    const access = plainAccess(model.url)
    const { events, end } = await played(loopAgent(), madeRun({ task, sandbox }, { access, trial }))
    const shown = await sandbox.exec(['sh', '-c', 'ls -A /tmp'], { timeoutMs: 20_000 })
    const results = events
      .filter((event) => event.kind === 'tool-result')
      .toSorted((left, right) => place(left).localeCompare(place(right)))
    return { end, results: results.map(({ body = '' }) => body), events, left: shown.stdout.text }
  }

  test("a session, edits and jobs work as the task's user, and leave nothing of ours", async () => {
    const { end, results, left } = await outcomesOf(
      {
        calls: [
          bash('id -un; pwd; mkdir sub; cd sub; export A=1'),
          bash('pwd; echo $A; sleep 0.1'),
        ],
      },
      { calls: [edit({ action: 'create', path: 'sub/é.txt', content: 'one\ntwo\n' })] },
      {
        calls: [
          edit({ action: 'replace', path: '/tmp/sub/é.txt', old_text: 'two', new_text: '2' }),
        ],
      },
      { calls: [bash('cat é.txt; stat -c %U é.txt')] },
      { calls: [bash('echo up; sleep 43221', { background: true })] },
      { calls: [job({ job: 'job-5-0', action: 'output', wait_seconds: 1 })] },
      { calls: [job({ job: 'job-5-0', action: 'kill' })] },
      { calls: [job({ job: 'job-5-0', action: 'output', wait_seconds: 5 }), bash('exit 9')] },
    )
    expect(end).toEqual({ outcome: 'scored', detail: '' })
    expect(results).toEqual([
      'nobody\n/tmp\n',
      '/tmp/sub\n1\n',
      'Created sub/é.txt.',
      expect.stringContaining('     2\t2'),
      'one\n2\nnobody\n',
      'Started as job-5-0.',
      'up\n[job-5-0 still runs]',
      'job-5-0 got its signal.',
      expect.stringContaining('[job-5-0 was killed]'),
      '[exit code 9]',
    ])
    expect(left.trim()).toBe('sub')
  })

  test('a time limit ends a command with all it started; long output is cut', async () => {
    const { results, events } = await outcomesOf(
      { calls: [bash('echo early; sleep 43222 | cat', { timeout_seconds: 1 })] },
      { calls: [bash('grep -al "^sleep.43222" /proc/[0-9]*/cmdline; seq 1 200000')] },
    )
    expect(results[0]).toBe('early\n[ended at its time limit of 1 s]')
    expect(results[1]?.startsWith('1\n2\n3\n')).toBe(true)
    expect(results[1]?.endsWith('199999\n200000\n')).toBe(true)
    const metas = events.filter(({ kind }) => kind === 'tool-result').map(({ meta }) => meta)
    expect(metas[0]).toMatchObject({ timedOut: true })
    expect(metas[1]).toMatchObject({ timedOut: false, exitCode: 0 })
    expect(metas[1]?.droppedBytes).toBeGreaterThan(1_200_000)
  })

  test('a new process goes on with the sandbox of a dead one, in the same session', async () => {
    const options = sandboxOptions()
    const sandbox = await host.start(options)
    try {
      await using model = await startLoopModel(({ messages }) => {
        const turns = messages.filter(({ role }) => role === 'assistant').length
        const turn: Reply[] = [
          { calls: [bash('cd /usr; kept=yes')] },
          { calls: [bash('echo begun; sleep 43223')] },
          {
            calls: [
              bash('pwd; echo $kept; grep -al "^sleep.43223" /proc/[0-9]*/cmdline 2>/dev/null'),
            ],
          },
        ]
        return turn[turns] ?? { text: 'done' }
      })
      const checkpoint = memoryCheckpoint()
      const parts = { access: plainAccess(model.url), checkpoint }
      // The first process dies when it writes that the second call ended: it began, and did not.
      const [own, died] = mortal(checkpoint, { write: 1 + 3 + 2, durable: false })
      const first = played(loopAgent(), madeRun({ task, sandbox }, { ...parts, checkpoint: own }))
      first.catch(() => undefined)
      await eventually('the second call is at work', async () => {
        const ps = ['sh', '-c', 'grep -al "^sleep.43223" /proc/[0-9]*/cmdline']
        return (await sandbox.exec(ps, { timeoutMs: 20_000 })).stdout.text !== ''
      })
      await using later = await openTestHost({ owner: host.owner })
      if (kind === 'runner') later.useRunner(imageBuilds(later, { environment: process.env }))
      const adopted = await later.adopt(options)
      expect(adopted).not.toBeNull()
      if (adopted === null) return
      const run = madeRun({ task, sandbox: adopted }, parts)
      const { end, events } = await played(loopAgent(), run)
      expect(end.outcome).toBe('scored')
      const results = events.filter(({ kind, meta }) => kind === 'tool-result' && !meta?.again)
      expect(results.map(({ body }) => body)).toEqual([
        expect.stringContaining('has been killed'),
        '/usr\nyes\n[exit code 1]',
      ])
      expect(await Promise.race([first, died])).toBe('dead')
    } finally {
      await sandbox[Symbol.asyncDispose]()
    }
  })
})

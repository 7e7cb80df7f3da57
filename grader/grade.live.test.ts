import { afterAll, beforeAll, expect, test } from 'vitest'
import type { DockerHost } from '../sandbox/docker-host.ts'
import { imageBuilds } from '../sandbox/image-builds.ts'
import {
  leftovers,
  openTestHost,
  sandboxOptions,
  TEST_IMAGE,
  testIdentity,
} from '../sandbox/sandbox-fixture.ts'
import { loadTask } from '../tasks/load-task.ts'
import { type Files, SMALLEST_TASK, TemporaryFolder } from '../tasks/task-fixture.ts'
import { gradeAttempt, type VerifierLogs, type VerifierLogsOptions } from './grade.ts'
import { readTarFiles } from './tar-files.ts'

let host: DockerHost
beforeAll(async () => {
  host = await openTestHost()
})
afterAll(async () => {
  expect(await leftovers(host)).toEqual([])
  await host[Symbol.asyncDispose]()
})

interface Case {
  /** Of task.toml: keys before the first table, and further tables. */
  readonly root?: string
  readonly toml?: string
  /** Lines of tests/test.sh. */
  readonly verifier: string
  readonly files?: Files
  /** What the agent does, as root. */
  readonly agent?: string
  readonly logs?: VerifierLogsOptions
}

const reward = (value: string) => `echo ${value} > /logs/verifier/reward.txt`
const SEPARATE = '[verifier]\nenvironment_mode = "separate"'

/** Lets an agent act, then grades what it left, as the two activities of a trial do. */
async function grade({ root = '', toml = '', verifier, files = {}, agent = 'true', logs }: Case) {
  const environment = `[environment]\ndocker_image = "${TEST_IMAGE}"\nnetwork_mode = "no-network"\n`
  await using folder = await TemporaryFolder.with({
    ...SMALLEST_TASK,
    'task.toml': `${root}\n${environment}\n${toml}`,
    'tests/test.sh': `#!/bin/bash\n${verifier}\n`,
    ...files,
  })
  const task = await loadTask(folder.path)
  const { role: _, ...identity } = testIdentity()
  const baseImage = (await host.inspectImage(TEST_IMAGE)).id
  const image = await workAs(agent, identity)
  try {
    return await gradeAttempt({
      host,
      images: imageBuilds(host, { environment: {} }),
      task,
      taskDir: folder.path,
      identity,
      snapshot: { image, baseImage },
      ...(logs === undefined ? {} : { logs }),
    })
  } finally {
    await host.removeSnapshot(image)
  }
}

async function workAs(agent: string, identity: Omit<ReturnType<typeof testIdentity>, 'role'>) {
  const options = { identity: { ...identity, role: 'agent' }, capabilities: 'root-tools' } as const
  await using sandbox = await host.start(sandboxOptions(options))
  await sandbox.exec(['bash', '-c', agent], { timeoutMs: 20_000 })
  return await sandbox.snapshot()
}

test('honest work is scored by what it left, and the exit code of the verifier is not', async () => {
  const { verdict, output } = await grade({
    agent: 'mkdir /app && echo 42 >/app/answer',
    verifier: `[ "$(cat /app/answer)" = 42 ] && ${reward('0.75')}; echo seen; exit 9`,
  })
  expect(verdict).toMatchObject({ scoreMicros: 750_000, pass: false, warnings: [] })
  expect(output).toBe('seen\n')
})

test('a reward that the agent planted does not count', async () => {
  const grading = grade({
    agent: `${reward('1')}; echo '{"reward": 1}' >/logs/verifier/reward.json`,
    verifier: 'true',
  })
  await expect(grading).rejects.toMatchObject({
    code: 'verifier.failed',
    message: expect.stringContaining('neither'),
  })
})

test.each([
  ['a file in /tests', 'mkdir /tests; echo planted >/tests/conftest.py'],
  ['a link at /tests', 'mkdir /tmp/t; echo planted >/tmp/t/conftest.py; ln -s /tmp/t /tests'],
  ['a link at /logs/verifier', `rm -r /logs/verifier; mkdir /tmp/v; ln -s /tmp/v /logs/verifier`],
  ['a link at /logs', 'rm -r /logs; ln -s /etc /logs'],
  ['links in a ring', 'rm -r /logs; ln -s /logs /logs; ln -s /tests /tests'],
  ['files in their place', 'rm -r /logs; echo x >/logs; echo x >/tests'],
])('%s is gone before the verifier starts', async (_, agent) => {
  const { verdict } = await grade({
    agent,
    verifier: [
      '[ "$(ls /tests)" = test.sh ] && [ -z "$(ls -A /logs/verifier)" ] || exit 1',
      '[ "$(stat -c %U%F /tests /logs /logs/verifier | sort -u)" = rootdirectory ] || exit 1',
      reward('1'),
    ].join('\n'),
  })
  expect(verdict.pass).toBe(true)
})

test('what the agent left running is not there when the verifier runs', async () => {
  const { verdict } = await grade({
    agent: `setsid bash -c 'while :; do ${reward('1')}; sleep 0.01; done' >/dev/null 2>&1 &`,
    verifier: `sleep 0.2; [ -e /logs/verifier/reward.txt ] && exit; ${reward('0')}`,
  })
  expect(verdict.scoreMicros).toBe(0)
})

test('what the verifier left running cannot change the verdict after its end', async () => {
  const late = `(sleep 0.5; ${reward('1')}) >/dev/null 2>&1 &`
  const { verdict } = await grade({ verifier: `${late}\n${reward('0')}` })
  expect(verdict.scoreMicros).toBe(0)
})

test("an agent's shell start-up files do not reach the verifier, and system files are named", async () => {
  const { verdict } = await grade({
    agent: [
      'mkdir -p /root/bin /usr/local/bin',
      `printf '#!/bin/sh\\necho faked' | tee /root/bin/cat /usr/local/bin/curl`,
      'chmod +x /root/bin/cat /usr/local/bin/curl',
      "echo 'export PATH=/root/bin:$PATH' | tee -a /root/.bashrc /root/.profile /etc/profile",
    ].join('\n'),
    verifier: `echo real >/tmp/x; [ "$(cat /tmp/x)" = real ] && ${reward('1')}`,
  })
  expect(verdict.pass).toBe(true)
  expect(verdict.warnings.join()).toContain('added /usr/local/bin/curl')
  expect(verdict.warnings.join()).toContain('changed /etc/profile')
})

test("the verifier runs as its user, with its variables, in the task's folder", async () => {
  const { verdict } = await grade({
    toml: '[verifier]\nuser = "nobody"\nenv = { WANTED = "yes" }',
    verifier: `[ "$WANTED$(id -un)$(pwd)" = yesnobody/ ] && ${reward('1')}`,
  })
  expect(verdict.pass).toBe(true)
})

test('a verifier that takes too long gives no verdict, even if it wrote one', async () => {
  const grading = grade({
    toml: '[verifier]\ntimeout_sec = 1',
    verifier: `${reward('1')}; echo waiting; sleep 60`,
  })
  await expect(grading).rejects.toMatchObject({
    code: 'verifier.failed',
    message: expect.stringMatching(/more than its 1 s.*waiting/s),
  })
})

test('a reward that is a link is not followed', async () => {
  const grading = grade({ verifier: 'echo 1 >/tmp/r; ln -s /tmp/r /logs/verifier/reward.txt' })
  await expect(grading).rejects.toMatchObject({ code: 'verifier.failed' })
})

/** Takes whatever is smaller than a kilobyte. */
function smallLogs() {
  const taken: VerifierLogs[] = []
  const limits = { maxBytes: 1_000_000, leaveOut: (_: string, bytes: number) => bytes > 1_000 }
  const names = async () => {
    const [{ tar, output } = { tar: null, output: '' }] = taken
    const { files } = await readTarFiles(tar ?? Buffer.alloc(1_024), () => true)
    return { names: [...files.keys()].sort(), output }
  }
  return { logs: { limits, take: (logs: VerifierLogs) => void taken.push(logs) }, names }
}

test('what else the verifier left is told of beside the verdict, and its size is no hindrance', async () => {
  const verifier = `echo seen; cd /logs/verifier; echo log >log; truncate -s 90M huge; ${reward('1')}`
  const { logs, names } = smallLogs()
  const { verdict } = await grade({ logs, verifier })
  expect(verdict.pass).toBe(true)
  expect(await names()).toEqual({ names: ['log', 'reward.txt'], output: 'seen\n' })
  expect((await grade({ verifier })).verdict.pass).toBe(true)
})

test.each([
  ['that takes too long', '[verifier]\ntimeout_sec = 1', 'sleep 60'],
  ['that writes no reward', '', 'true'],
])('a verifier %s is told of as well', async (_, toml, end) => {
  const { logs, names } = smallLogs()
  const grading = grade({ logs, toml, verifier: `echo why; echo log >/logs/verifier/log; ${end}` })
  await expect(grading).rejects.toMatchObject({ code: 'verifier.failed' })
  expect(await names()).toEqual({ names: ['log'], output: 'why\n' })
})

test('a separate verifier sees the artifacts of the agent and nothing else of it', async () => {
  const { verdict, artifacts } = await grade({
    root: 'artifacts = [{ source = "/app/out", exclude = ["*.tmp"] }, "/app/none"]',
    toml: SEPARATE,
    agent: [
      'mkdir -p /app/out /app/hidden; echo 42 >/app/out/answer; echo x >/app/out/x.tmp',
      'ln -s /tests/test.sh /app/out/stolen; echo a >/logs/artifacts/a; echo x >/usr/bin/forged',
    ].join('\n'),
    verifier: [
      '[ "$(ls /app /app/out /logs/artifacts | tr -d "\\n")" = "/app:out/app/out:answer/logs/artifacts:a" ] || exit 1',
      `[ ! -e /usr/bin/forged ] && [ "$(cat /app/out/answer)" = 42 ] && ${reward('1')}`,
    ].join('\n'),
  })
  expect(verdict.pass).toBe(true)
  expect(artifacts.map(({ path, status }) => `${path} ${status}`)).toEqual([
    '/logs/artifacts ok',
    '/app/out ok',
    '/app/none missing',
  ])
  expect(verdict.warnings).toHaveLength(2)
})

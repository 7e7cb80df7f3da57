import { join } from 'node:path'
import { Readable } from 'node:stream'
import { buffer } from 'node:stream/consumers'
import Docker from 'dockerode'
import tarStream from 'tar-stream'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { scaffoldTask } from './scaffold-task.ts'
import { tarOfBuildContext, tarOfDirectory } from './tar.ts'
import { TemporaryFolder } from './task-fixture.ts'

const docker = new Docker()
const image = `sbench-fresh-task-${process.pid}`
let folder: TemporaryFolder
let task: string

beforeAll(async () => {
  folder = await TemporaryFolder.with()
  task = await scaffoldTask(folder.path, 'fresh')
  const context = await tarOfBuildContext(join(task, 'environment'))
  const progress = await docker.buildImage(context, { t: image, forcerm: true })
  await new Promise((resolve, reject) => {
    docker.modem.followProgress(progress, (error, lines) =>
      error ? reject(error) : resolve(lines),
    )
  })
})

afterAll(async () => {
  await docker.getImage(image).remove({ force: true })
  await folder[Symbol.asyncDispose]()
})

test.each([
  ['solution', 1],
  ['variants/alternative', 1],
  ['variants/partial', 0.75],
  ['variants/cheat', 0],
  [null, 0],
])('of a fresh task, %s earns %d', async (work, reward) => {
  await using sandbox = await startSandbox()
  if (work !== null) {
    await sandbox.put(join(task, work), 'solution')
    expect(await sandbox.exec(['bash', '/solution/solve.sh'], 'dev')).toBe(0)
  }
  await sandbox.put(join(task, 'tests'), 'tests')
  expect(await sandbox.exec(['/tests/test.sh'], 'root')).toBe(0)
  expect(await sandbox.json('/logs/verifier/reward.json')).toEqual({ reward })
  const details = await sandbox.json('/logs/verifier/reward-details.json')
  expect(details).toMatchObject({
    checks: [{ id: 'counts-every-status', points: 2 }, { points: 1 }, { points: 1 }],
  })
})

async function startSandbox() {
  const container = await docker.createContainer({
    Image: image,
    Cmd: ['sleep', '300'],
    HostConfig: { NetworkMode: 'none', Init: true },
  })
  await container.start()
  const exec = async (command: string[], user: string) => {
    const run = await container.exec({ Cmd: command, User: user, AttachStdout: true })
    const output = await run.start({})
    await buffer(output)
    return (await run.inspect()).ExitCode
  }
  await exec(['mkdir', '-p', '-m', '777', '/logs/verifier'], 'root')
  return {
    exec,
    async put(dir: string, prefix: string) {
      await container.putArchive(await tarOfDirectory(dir, { prefix }), { path: '/' })
    },
    async json(path: string): Promise<unknown> {
      const archive = await container.getArchive({ path })
      for await (const entry of archive.pipe(tarStream.extract())) {
        return JSON.parse((await buffer(Readable.from(entry))).toString())
      }
      throw new Error(`${path} is not there`)
    },
    [Symbol.asyncDispose]: () => container.remove({ force: true }),
  }
}

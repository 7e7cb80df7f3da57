import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { PassThrough } from 'node:stream'
import { buffer } from 'node:stream/consumers'
import Docker from 'dockerode'
import { pack } from 'tar-stream'
import { FIXTURES } from '../support/farm.ts'

const MEGABYTE = 1024 * 1024
const TASK = join(FIXTURES, 'greet')

/**
 * What the oracle's trial of the fixture `greet` asks of Docker, as a script of bare calls that one
 * would write with dockerode: no record, no lease, no limits on output, nothing that comes back
 * after a crash. It ends with an error when the verdict is not the right one.
 */
export class BareTrials {
  readonly #docker = new Docker()
  readonly #image: string
  readonly #solution: Buffer
  readonly #tests: Buffer

  private constructor(image: string, solution: Buffer, tests: Buffer) {
    this.#image = image
    this.#solution = solution
    this.#tests = tests
  }

  /** @param image of the task, as the farm has built it. */
  static async of(image: string): Promise<BareTrials> {
    const solution = await tarOf('solution/solve.sh', [])
    const tests = await tarOf('tests/test.sh', ['logs/', 'logs/verifier/'])
    return new BareTrials(image, solution, tests)
  }

  /** So many trials, that many at once. @returns seconds. */
  async run(trials: number, concurrency: number): Promise<number> {
    const startedAt = performance.now()
    let left = trials
    const lane = async () => {
      while (left > 0) {
        left -= 1
        await this.#trial()
      }
    }
    await Promise.all(Array.from({ length: concurrency }, lane))
    return (performance.now() - startedAt) / 1_000
  }

  async #trial(): Promise<void> {
    const containers: Docker.Container[] = []
    let snapshot: Docker.Image | null = null
    try {
      const agent = await this.#start(this.#image, this.#solution)
      containers.push(agent)
      await this.#exec(agent, '/solution/solve.sh')
      const { Id: image }: { Id: string } = await agent.commit({})
      snapshot = this.#docker.getImage(image)
      const verifier = await this.#start(image, this.#tests)
      containers.push(verifier)
      await this.#exec(verifier, '/tests/test.sh')
      const archive = await verifier.getArchive({ path: '/logs/verifier/reward.txt' })
      const verdict = await buffer(archive)
      if (verdict.toString('latin1', 512, 513) !== '1') throw new Error('the bare trial failed')
    } finally {
      await Promise.all(containers.map((container) => container.remove({ force: true })))
      await snapshot?.remove({ force: true })
    }
  }

  async #start(image: string, files: Buffer): Promise<Docker.Container> {
    const container = await this.#docker.createContainer({
      Image: image,
      Cmd: ['sleep', 'infinity'],
      HostConfig: {
        Init: true,
        NetworkMode: 'none',
        Memory: 512 * MEGABYTE,
        NanoCpus: 1e9,
        PidsLimit: 512,
      },
    })
    await container.start()
    await container.putArchive(files, { path: '/' })
    return container
  }

  async #exec(container: Docker.Container, script: string): Promise<void> {
    const exec = await container.exec({
      Cmd: ['bash', script],
      AttachStdout: true,
      AttachStderr: true,
    })
    const output = await exec.start({})
    const sink = new PassThrough()
    this.#docker.modem.demuxStream(output, sink, sink)
    sink.resume()
    await new Promise((resolve, reject) => output.once('end', resolve).once('error', reject))
    const { ExitCode } = await exec.inspect()
    if (ExitCode !== 0) throw new Error(`${script} ended with ${ExitCode}`)
  }
}

async function tarOf(file: string, folders: readonly string[]): Promise<Buffer> {
  const tar = pack()
  for (const name of folders) tar.entry({ name, type: 'directory', mode: 0o755 })
  tar.entry({ name: file, mode: 0o755 }, await readFile(join(TASK, file)))
  tar.finalize()
  return buffer(tar)
}

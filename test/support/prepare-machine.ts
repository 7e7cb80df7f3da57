import { mkdir } from 'node:fs/promises'
import { join } from 'node:path'
import { findBinary } from '../../deploy/local/binaries.ts'
import { prepareDocker } from '../../deploy/local/prepare-docker.ts'
import { stackSettings } from '../../deploy/local/settings.ts'

/** What live tests need of the machine, found or installed once before all of them. */
export async function setup(): Promise<void> {
  const environment = process.env
  const { cache } = stackSettings(environment)
  const say = (line: string) => void process.stderr.write(`${line}\n`)
  const logs = join(cache, 'logs')
  await mkdir(logs, { recursive: true })
  await Promise.all([
    findBinary('temporal', { cache, environment, say }),
    findBinary('nats-server', { cache, environment, say }),
    prepareDocker({ install: true, environment, say, cache, logs }),
  ])
}

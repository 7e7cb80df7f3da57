import { join } from 'node:path'
import { expect, test } from 'vitest'
import { fetchBinary } from './binaries.ts'
import { pinOf, versionIn } from './binary-pins.ts'
import { runCommand } from './run-command.ts'
import { scratchFolder } from './scratch-folder.ts'

test('a machine without nats-server gets the pinned one from a public source, and it runs', async () => {
  const said: string[] = []
  const found = await fetchBinary(pinOf('nats-server'), {
    cache: join(await scratchFolder(), 'cache'),
    environment: process.env,
    say: (line) => said.push(line),
  })
  expect(found.origin).toBe('fetched')
  expect(said[0]).toContain('fetching nats-server')
  const ran = await runCommand(found.path, ['--version'], { timeoutMs: 10_000 })
  expect(versionIn(ran.output)).toBe(found.version)
})

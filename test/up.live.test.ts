import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { text } from 'node:stream/consumers'
import { fileURLToPath } from 'node:url'
import { expect, onTestFinished, test } from 'vitest'
import { scratchFolder } from '../deploy/local/scratch-folder.ts'
import { down, stackStatus } from '../deploy/local/stack.ts'

const SBENCH = fileURLToPath(new URL('../bin/sbench.mjs', import.meta.url))

test('Ctrl-C in the middle of up stops what it started, says so, and ends with a failure', async () => {
  const home = join(await scratchFolder(), 'home')
  onTestFinished(async () => void (await down(home)))
  const child = spawn(process.execPath, [SBENCH, 'up', '--workers', '0', '--json'], {
    env: { ...process.env, SBENCH_HOME: home },
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  const ended = once(child, 'exit')
  const answer = text(child.stdout)
  const said: string[] = []
  for await (const line of createInterface({ input: child.stderr })) {
    said.push(line)
    if (line.startsWith('starting ')) child.kill('SIGINT')
  }
  const [exitCode] = await ended
  expect(said.at(-1)).toMatch(/^stopping what was started/)
  expect(JSON.parse(await answer)).toMatchObject({ error: { code: 'stack.not-running' } })
  expect(exitCode).toBe(4)
  expect(await stackStatus(home)).toMatchObject({ running: false, leftovers: [] })
})

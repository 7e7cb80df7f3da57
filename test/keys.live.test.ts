import { execFile } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { readFile } from 'node:fs/promises'
import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { promisify } from 'node:util'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { stackStatus } from '../deploy/local/stack.ts'
import { Farm, FIXTURES } from './support/farm.ts'
import { untilEnded } from './support/until-ended.ts'

/** Looked for everywhere; nothing else looks like it. */
const KEY = `planted-${randomBytes(16).toString('hex')}`
const VARIABLE = 'LAB_API_KEY'

let vendor: Server
let farm: Farm
/** What the vendor was sent as its key. */
const seen = new Set<string>()

beforeAll(async () => {
  vendor = createServer((request, response) => {
    const key = request.headers.authorization ?? ''
    seen.add(key)
    request.resume()
    response.setHeader('content-type', 'application/json')
    if (request.url?.includes('chat') !== true) return void response.writeHead(404).end('{}')
    const text = `Your key is ${key}, and here it is again: ${key.replace('Bearer ', '')}`
    response.end(
      JSON.stringify({
        id: 'c1',
        object: 'chat.completion',
        created: 1,
        model: 'parrot',
        choices: [
          { index: 0, message: { role: 'assistant', content: text }, finish_reason: 'stop' },
        ],
        usage: { prompt_tokens: 5, completion_tokens: 5, total_tokens: 10 },
      }),
    )
  })
  await new Promise<void>((resolve) => vendor.listen(0, '127.0.0.1', resolve))
  const { port } = vendor.address() as AddressInfo
  farm = await Farm.up({
    environment: { ...process.env, [VARIABLE]: KEY },
    models: `providers: [{name: lab, dialects: [openai-chat], baseUrl: "http://127.0.0.1:${port}", key: {env: ${VARIABLE}}}]\n`,
  })
})
afterAll(async () => {
  await farm?.[Symbol.asyncDispose]()
  vendor?.close()
})

test('the key of a provider is in the gateway’s process and nowhere else', async () => {
  const looking =
    'env; cat /proc/*/environ /proc/*/cmdline 2>/dev/null | tr "\\0" "\\n"; ls -lR /.sbench /run /tmp 2>/dev/null; ' +
    `curl -s http://127.0.0.1:4747/v1/models || true; echo hello > /app/greeting.txt`
  const sweep = await farm.submit(
    ...['--suite', FIXTURES, '--tasks', 'greet', '--seeds', '1'],
    ...['--agent', 'loop,command', '--model', 'lab/parrot', '--command', looking],
  )
  await untilEnded(farm, sweep)
  expect([...seen]).toEqual([`Bearer ${KEY}`])

  const events = await farm.sql<{ body: string }>(
    `SELECT body FROM sbench.events WHERE sweep_id = {sweep:String}`,
    { sweep },
  )
  expect(events.map(({ body }) => body).join('\n')).toContain('Your key is')
  for (const table of ['events', 'results', 'attempts', 'checks', 'trials']) {
    const rows = await farm.sql(`SELECT * FROM sbench.${table}`)
    expect(JSON.stringify(rows), table).not.toContain(KEY)
  }
  const { stdout } = await promisify(execFile)('grep', ['-rlaF', KEY, farm.home]).catch(
    (error: { stdout: string }) => error,
  )
  expect(stdout).toBe('')
})

test('no other process of the stack has it in its environment', async () => {
  const { parts } = await stackStatus(farm.home)
  const holding: string[] = []
  for (const { name, pid } of parts) {
    const environment = await readFile(`/proc/${pid}/environ`, 'latin1')
    if (environment.includes(KEY)) holding.push(name)
  }
  expect(holding).toEqual(['worker'])
})

import { setTimeout as sleep } from 'node:timers/promises'
import type { Client } from '@temporalio/client'
import { expect, test } from 'vitest'
import { silentLog } from '../core/log.ts'
import type { NodePresence, RunningTrial } from './contract/fleet.ts'
import { Fleet } from './fleet.ts'

const LOST_AFTER_MS = 150
const running = (trial: string): RunningTrial => ({
  sweep: 's',
  trial,
  attempt: 1,
  contestant: 'oracle',
  task: 't',
  seed: 1,
  phase: 'agent',
  since: '',
})
const presence = (boot: string, ...trials: readonly string[]): NodePresence => ({
  node: 'n1',
  boot,
  host: 'h',
  startedAt: '',
  draining: false,
  cpus: 2,
  memoryMb: 1_024,
  slots: 2,
  running: trials.map(running),
})

/** A server with these pending activities, and what it was told. */
function server(pending: Readonly<Record<string, { id: string; worker: string }>> = {}) {
  const told: string[] = []
  const handle = (workflowId: string) => ({
    signal: async (name: string, { attempt }: { attempt: number }) =>
      void told.push(`${name} ${workflowId} ${attempt}`),
    describe: async () => {
      const { id, worker } = pending[workflowId] ?? { id: '', worker: '' }
      return { raw: { pendingActivities: [{ activityId: id, lastWorkerIdentity: worker }] } }
    },
  })
  async function* list({ query }: { query: string }) {
    if (!query.includes("'trial'")) return
    for (const workflowId of Object.keys(pending)) yield { workflowId, runId: 'r' }
  }
  const client = { workflow: { getHandle: handle, list } } as unknown as Client
  return { client, told }
}

const fleetOf = (client: Client, hears = () => true) =>
  new Fleet({ client, hears, log: silentLog, lostAfterMs: LOST_AFTER_MS, lookMs: 10, askMs: 20 })

/** A node that goes on saying this. */
function speaking(fleet: Fleet, said: NodePresence): Disposable {
  fleet.heard(said)
  const timer = setInterval(() => fleet.heard(said), 20)
  return { [Symbol.dispose]: () => clearInterval(timer) }
}

test('trials of a node that falls silent are told, once', async () => {
  const { client, told } = server()
  await using fleet = fleetOf(client)
  fleet.heard(presence('b1', 'x'))
  await expect.poll(() => told).toEqual(['nodeLost trial/x 1'])
  await sleep(2 * LOST_AFTER_MS)
  expect(told).toHaveLength(1)
})

test('while nothing can be heard no node is lost, and after it each has its time again', async () => {
  const { client, told } = server()
  let hears = false
  await using fleet = fleetOf(client, () => hears)
  fleet.heard(presence('b1', 'x'))
  await sleep(3 * LOST_AFTER_MS)
  hears = true
  await sleep(LOST_AFTER_MS / 2)
  expect(told).toEqual([])
  await expect.poll(() => told).toEqual(['nodeLost trial/x 1'])
})

test('a worker that starts again has lost what it does not run any more', async () => {
  const { client, told } = server()
  await using fleet = fleetOf(client)
  fleet.heard(presence('b1', 'x', 'adopted'))
  fleet.heard(presence('b2', 'adopted'))
  await expect.poll(() => told).toEqual(['nodeLost trial/x 1'])
})

test('what the server gave to a lost worker without its saying so is lost too', async () => {
  const { client, told } = server({
    'trial/swallowed': { id: 'run-3', worker: 'n1 b1' },
    'trial/elsewhere': { id: 'run-1', worker: 'n2 b9' },
    'trial/nameless': { id: '7', worker: 'n1 b1' },
  })
  await using fleet = fleetOf(client)
  fleet.heard(presence('b1', 'x'))
  using _other = speaking(fleet, { ...presence('b9'), node: 'n2' })
  await expect
    .poll(() => [...told].sort())
    .toEqual(['nodeLost trial/swallowed 3', 'nodeLost trial/x 1'])
})

test('what a worker holds that died before anybody heard it is lost, and nothing else', async () => {
  const { client, told } = server({
    'trial/swallowed': { id: 'run-1', worker: 'n1 b0' },
    'trial/adopted': { id: 'run-1', worker: 'n1 b0' },
    'trial/elsewhere': { id: 'run-1', worker: 'n2 b9' },
  })
  let hears = false
  await using fleet = fleetOf(client, () => hears)
  using _restarted = speaking(fleet, presence('b1', 'adopted'))
  using _other = speaking(fleet, { ...presence('b9'), node: 'n2' })
  await sleep(2 * LOST_AFTER_MS)
  expect(told).toEqual([])
  hears = true
  const began = performance.now()
  await expect.poll(() => told).toEqual(['nodeLost trial/swallowed 1'])
  expect(performance.now() - began).toBeGreaterThan(LOST_AFTER_MS)
  await sleep(2 * LOST_AFTER_MS)
  expect(told).toHaveLength(1)
})

test('an adopted attempt is not lost, though the server has it under the earlier process', async () => {
  const { client, told } = server({ 'trial/adopted': { id: 'run-1', worker: 'n1 b1' } })
  await using fleet = fleetOf(client)
  fleet.heard(presence('b1', 'adopted'))
  fleet.heard(presence('b2', 'adopted'))
  await sleep(LOST_AFTER_MS / 2)
  expect(told).toEqual([])
})

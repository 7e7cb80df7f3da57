import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { expect, test } from 'vitest'
import { endProcess, isRunning, recordOf } from './process-record.ts'

test('a process that only shares the pid of a record is never ended', async () => {
  const child = spawn('sleep', ['60'])
  const record = recordOf(child.pid ?? 0)
  if (record === undefined) throw new Error('sleep did not start')
  const recycled = { ...record, startTicks: `${Number(record.startTicks) - 1}` }
  await endProcess(recycled, 1_000)
  const rebooted = { ...record, bootId: 'an earlier boot' }
  await endProcess(rebooted, 1_000)
  expect(isRunning(record)).toBe(true)
  const ended = once(child, 'exit')
  await endProcess(record, 1_000)
  expect(await ended).toEqual([null, 'SIGTERM'])
  expect(isRunning(record)).toBe(false)
})

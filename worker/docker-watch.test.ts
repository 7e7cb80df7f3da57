import { pino } from 'pino'
import { expect, test } from 'vitest'
import { DockerWatch } from './docker-watch.ts'

const log = pino({ level: 'silent' })

function watched(patienceMs = 10_000) {
  const daemon = { up: true, changes: [] as boolean[] }
  const watch = new DockerWatch({
    ping: async () => {
      if (!daemon.up) throw new Error('connect ECONNREFUSED')
    },
    onChange: (isAway) => void daemon.changes.push(isAway),
    log,
    intervalMs: 5,
    patienceMs,
  })
  return { daemon, watch }
}

const never = new AbortController().signal

test('work waits for a daemon that is away, and goes on when it is back', async () => {
  const { daemon, watch } = watched()
  await using _watch = watch
  await watch.answers(never)
  daemon.up = false
  let done = false
  const waiting = watch.answers(never).then(() => {
    done = true
  })
  await expect.poll(() => watch.away).toContain('ECONNREFUSED')
  expect(done).toBe(false)
  daemon.up = true
  await waiting
  expect(daemon.changes).toEqual([true, false])
})

test('a daemon that stays away is a failure of the infrastructure, and a cancellation is one', async () => {
  const { daemon, watch } = watched(30)
  await using _watch = watch
  daemon.up = false
  await expect(watch.answers(never)).rejects.toMatchObject({ code: 'docker.unreachable' })
  await expect(watch.answers(AbortSignal.abort(new Error('enough')))).rejects.toThrow('enough')
})

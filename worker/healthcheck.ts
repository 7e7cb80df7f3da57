import { setTimeout as sleep } from 'node:timers/promises'
import { Failure } from '../core/failure.ts'
import type { Sandbox } from '../sandbox/sandbox.ts'
import type { Task } from '../tasks/task.ts'

/**
 * Waits until the task's health check passes, as Docker counts it: failures in the start period do
 * not count, then so many in a row are too many.
 *
 * @throws Failure `sandbox.unhealthy`.
 */
export async function awaitHealthy(
  sandbox: Sandbox,
  { name, environment: { healthcheck } }: Task,
  signal: AbortSignal,
): Promise<void> {
  if (healthcheck === undefined) return
  const { command, timeoutMs, startPeriodMs, startIntervalMs, intervalMs, retries } = healthcheck
  const startsUntil = Date.now() + startPeriodMs
  for (let failures = 0; ; ) {
    const result = await sandbox.exec(['bash', '-c', command], { timeoutMs, signal })
    if (result.exitCode === 0) return
    const starting = Date.now() < startsUntil
    if (!starting) failures += 1
    if (failures >= retries) throw unhealthy(name, `${result.stdout.text}${result.stderr.text}`)
    await sleep(starting ? startIntervalMs : intervalMs, undefined, { signal })
  }
}

function unhealthy(task: string, output: string): Failure {
  return new Failure(
    'sandbox.unhealthy',
    `The environment of task ${task} did not become healthy: ${output.slice(-300)}`,
    { facts: { task } },
  )
}

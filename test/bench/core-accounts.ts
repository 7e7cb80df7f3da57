import { stackStatus } from '../../deploy/local/stack.ts'
import type { Farm } from '../support/farm.ts'
import { coreSeconds, dockerPids } from './process-usage.ts'

/** Core-seconds by who has spent them. */
export type Spent = ReadonlyMap<string, number>

/** By each part of a farm's stack, and by `docker`, which others on the machine may use too. */
export async function farmSpent(farm: Farm): Promise<Spent> {
  const { parts, supervisor } = await stackStatus(farm.home)
  const processes = [...parts, { name: 'supervisor', pid: supervisor?.pid }]
  const ours = processes.map(({ name, pid }) => [name, coreSeconds(pid ?? 0)] as const)
  return new Map([...ours, ['docker', dockerSpent()]])
}

/** By this process, which is the `client`, and by `docker`. */
export function clientSpent(): Spent {
  const { user, system } = process.cpuUsage()
  return new Map([
    ['client', (user + system) / 1e6],
    ['docker', dockerSpent()],
  ])
}

const dockerSpent = (): number =>
  dockerPids().reduce((seconds, pid) => seconds + coreSeconds(pid), 0)

export const difference = (after: Spent, before: Spent): Spent =>
  new Map([...after].map(([name, seconds]) => [name, seconds - (before.get(name) ?? 0)]))

export function sum(all: readonly Spent[]): Spent {
  const names = new Set(all.flatMap((spent) => [...spent.keys()]))
  const total = (name: string) =>
    all.reduce((seconds, spent) => seconds + (spent.get(name) ?? 0), 0)
  return new Map([...names].map((name) => [name, total(name)]))
}

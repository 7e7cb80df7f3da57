import type { Client } from '@temporalio/client'
import type { BuiltAgent } from '../coordinator/contract/activities.ts'
import { durationText } from './duration-text.ts'
import { runErrand } from './run-errand.ts'
import { textTable } from './text-table.ts'

/** One agent on one node. */
export interface AgentBuild extends Omit<BuiltAgent, 'buildMs'> {
  readonly node: string
  readonly ok: boolean
  readonly buildMs: number | null
  /** Empty when it is ok. */
  readonly code: string
  readonly problem: string
}

/** Nodes side by side, on each one agent after the other: builds of one machine share its disk. */
export async function buildAgents(
  client: Client,
  agents: readonly string[],
  nodes: readonly string[],
): Promise<AgentBuild[]> {
  const perNode = nodes.map(async (node) => {
    const builds: AgentBuild[] = []
    for (const agent of agents) builds.push(await buildOne(client, agent, node))
    return builds
  })
  return (await Promise.all(perNode)).flat()
}

async function buildOne(client: Client, agent: string, node: string): Promise<AgentBuild> {
  const { answer, failure } = await runErrand(client, node, { kind: 'build-agent', agent })
  if (answer !== null) return { ...answer, node, ok: true, code: '', problem: '' }
  const { code, message: problem } = failure
  const nothing = { version: null, image: null, present: false, buildMs: null }
  return { agent, node, ok: false, ...nothing, code, problem }
}

export function builtTable(builds: readonly AgentBuild[]): string[] {
  const rows = builds.map((build) => [
    build.agent,
    build.version ?? '',
    build.node,
    howText(build),
    build.present || build.buildMs === null ? '' : durationText(build.buildMs),
    (build.image ?? '').slice(0, 19),
  ])
  const problems = builds
    .filter(({ ok }) => !ok)
    .map(({ agent, node, code, problem }) => `  ${agent} on ${node} (${code}): ${problem}`)
  return [
    ...textTable(
      [
        { title: 'agent' },
        { title: 'version' },
        { title: 'node' },
        { title: 'installation' },
        { title: 'took', align: 'right' },
        { title: 'image' },
      ],
      rows,
    ),
    ...(problems.length === 0 ? [] : ['', ...problems]),
  ]
}

function howText({ ok, image, present }: AgentBuild): string {
  if (!ok) return 'FAILED'
  if (image === null) return 'needs none'
  return present ? 'was there' : 'built'
}

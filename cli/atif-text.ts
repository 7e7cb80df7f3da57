import type { AtifStep, AtifTrajectory } from '../analytics/atif/atif-schema.ts'
import type { ReadAtif } from '../analytics/atif/read-atif.ts'
import { tokens } from './models-table.ts'
import { textTable } from './text-table.ts'

/** What is in a trajectory of ATIF, for a terminal: whose it is, its figures, its steps by source. */
export function atifText({ version, trajectory, warnings }: ReadAtif): string {
  const { agent, session_id, trajectory_id, notes, steps, subagent_trajectories } = trajectory
  const summary = atifSummary(trajectory)
  const { cost_usd: cost } = summary
  const bySource = Map.groupBy(steps, ({ source }) => source)
  const rows = [...bySource].map(([source, own]) => [
    source,
    String(own.length),
    String(own.reduce((sum, step) => sum + (step.tool_calls?.length ?? 0), 0)),
    String(own.filter(hasImage).length),
  ])
  const right = { align: 'right' } as const
  return [
    `ATIF ${version}: ${agent.name} ${agent.version}${agent.model_name === undefined ? '' : ` with ${agent.model_name}`}`,
    ...(trajectory_id === undefined ? [] : [`trajectory ${trajectory_id}`]),
    ...(session_id === undefined || session_id === trajectory_id ? [] : [`session ${session_id}`]),
    `${tokens(summary.prompt_tokens) || 'unknown'} tokens in, ` +
      `${tokens(summary.completion_tokens) || 'unknown'} out, ` +
      `cost ${cost === null ? 'unknown' : `$${cost.toFixed(4)}`}`,
    ...(subagent_trajectories === undefined
      ? []
      : [`${subagent_trajectories.length} trajectories of sub-agents`]),
    ...(notes === undefined ? [] : ['', notes]),
    '',
    ...textTable(
      [
        { title: 'steps of' },
        { title: 'steps', ...right },
        { title: 'tool calls', ...right },
        { title: 'with images', ...right },
      ],
      rows,
    ),
    ...(warnings.length === 0 ? [] : ['', ...warnings.map((warning) => `note: ${warning}`)]),
  ].join('\n')
}

/** Figures of a trajectory: what it says itself, else the sums over its steps; null when unknown. */
export function atifSummary({ steps, final_metrics: final, agent }: AtifTrajectory) {
  return {
    agent: agent.name,
    agent_version: agent.version,
    model: agent.model_name ?? null,
    steps: steps.length,
    tool_calls: steps.reduce((sum, step) => sum + (step.tool_calls?.length ?? 0), 0),
    prompt_tokens:
      final?.total_prompt_tokens ?? sumOf(steps, (step) => step.metrics?.prompt_tokens),
    completion_tokens:
      final?.total_completion_tokens ?? sumOf(steps, (step) => step.metrics?.completion_tokens),
    cost_usd: final?.total_cost_usd ?? sumOf(steps, (step) => step.metrics?.cost_usd),
  }
}

function sumOf(
  steps: readonly AtifStep[],
  of: (step: AtifStep) => number | undefined,
): number | null {
  const known = steps.map(of).filter((value) => value !== undefined)
  return known.length === 0 ? null : known.reduce((sum, value) => sum + value, 0)
}

function hasImage({ message, observation }: AtifStep): boolean {
  const contents = [message, ...(observation?.results.map(({ content }) => content) ?? [])]
  return contents.some(
    (content) => Array.isArray(content) && content.some(({ type }) => type === 'image'),
  )
}

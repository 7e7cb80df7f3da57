import type { Suite } from '../../tasks/load-suite.ts'
import type { Task } from '../../tasks/task.ts'
import { command } from '../command.ts'
import { durationText } from '../duration-text.ts'
import { suitePath } from '../suite-path.ts'
import { textTable } from '../text-table.ts'

export const suiteShow = command({
  words: ['suite', 'show'],
  summary: "List a suite's tasks.",
  args: { suite: { summary: "a suite's name, or the path of a folder of tasks" } },
  flags: {},
  examples: [
    { line: 'sbench suite show starter', does: 'tasks, sizes, time limits' },
    { line: 'sbench suite show ./my-tasks', does: 'a folder of Harbor tasks' },
  ],
  async run({ args }, context) {
    const { loadSuite } = await import('../../tasks/load-suite.ts')
    const suite = await loadSuite(suitePath(args.suite, context.folder))
    context.output.answer(documentOf(suite), () => textOf(suite))
  },
})

function documentOf({ name, version, description, digest, tasks }: Suite) {
  return { name, version, description, digest, tasks: tasks.map(taskDocument) }
}

function taskDocument({ name, description, digest, resourceClass, metadata, ...task }: Task) {
  return {
    name,
    description,
    digest,
    resourceClass,
    category: metadata.category ?? null,
    agentTimeoutMs: task.agent.timeoutMs,
    variants: task.variants,
    warnings: task.warnings,
  }
}

function textOf({ name, version, description, digest, tasks }: Suite): string {
  const rows = tasks.map(({ name, resourceClass, metadata, agent, variants }) => [
    name,
    metadata.category ?? '',
    resourceClass,
    agent.timeoutMs === null ? 'none' : durationText(agent.timeoutMs),
    variants.join(', '),
  ])
  const warnings = tasks.flatMap((task) =>
    task.warnings.map(({ path, remedy }) => `${task.name}: ${path}: ${remedy}`),
  )
  return [
    `${name} ${version}  ${digest}`,
    ...(description === '' ? [] : [description]),
    '',
    ...textTable(
      [
        { title: 'task' },
        { title: 'category' },
        { title: 'size' },
        { title: 'time limit', align: 'right' },
        { title: 'variants' },
      ],
      rows,
    ),
    ...(warnings.length === 0 ? [] : ['', 'Without effect here:', ...warnings]),
  ].join('\n')
}

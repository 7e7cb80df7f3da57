import type { Client } from '@temporalio/client'
import type { CheckedModel } from '../coordinator/contract/activities.ts'
import { dollarsText } from './money.ts'
import { runErrand } from './run-errand.ts'
import { textTable } from './text-table.ts'

/** One model on one node. */
export interface ModelCheck extends Omit<CheckedModel, 'answerMs'> {
  readonly node: string
  readonly ok: boolean
  readonly answerMs: number | null
  /** Empty when it is ok. */
  readonly code: string
  readonly problem: string
}

/** Nodes side by side, on each one model after the other. */
export async function checkModels(
  client: Client,
  models: readonly string[],
  nodes: readonly string[],
): Promise<ModelCheck[]> {
  const perNode = nodes.map(async (node) => {
    const checks: ModelCheck[] = []
    for (const model of models) checks.push(await checkOne(client, model, node))
    return checks
  })
  return (await Promise.all(perNode)).flat()
}

async function checkOne(client: Client, model: string, node: string): Promise<ModelCheck> {
  const { answer, failure } = await runErrand(client, node, { kind: 'check-model', model })
  if (answer !== null) return { ...answer, model, node, ok: true, code: '', problem: '' }
  return {
    model,
    node,
    ok: false,
    modelAnswered: null,
    firstByteMs: null,
    answerMs: null,
    inputTokens: null,
    outputTokens: null,
    costMicros: null,
    code: failure.code,
    problem: failure.message,
  }
}

export function checkedTable(checks: readonly ModelCheck[]): string[] {
  const ms = (value: number | null) => (value === null ? '' : `${Math.round(value)} ms`)
  const rows = checks.map((check) => [
    check.model,
    check.node,
    check.ok ? 'ok' : 'FAILED',
    check.modelAnswered ?? '',
    ms(check.firstByteMs),
    ms(check.answerMs),
    check.ok ? dollarsText(check.costMicros) : '',
  ])
  const problems = checks
    .filter(({ ok }) => !ok)
    .map(({ model, node, code, problem }) => `  ${model} on ${node} (${code}): ${problem}`)
  return [
    ...textTable(
      [
        { title: 'model' },
        { title: 'node' },
        { title: 'call' },
        { title: 'answered as' },
        { title: 'first byte', align: 'right' },
        { title: 'answer', align: 'right' },
        { title: 'cost', align: 'right' },
      ],
      rows,
    ),
    ...(problems.length === 0 ? [] : ['', ...problems]),
  ]
}

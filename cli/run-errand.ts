import { randomUUID } from 'node:crypto'
import { type Client, WorkflowFailedError } from '@temporalio/client'
import { ApplicationFailure, TimeoutFailure } from '@temporalio/common'
import type {
  BuiltAgent,
  CheckedModel,
  Errand,
  OnNodeInput,
} from '../coordinator/contract/activities.ts'
import type { NodePresence } from '../coordinator/contract/fleet.ts'
import { WORKFLOWS } from '../coordinator/contract/messages.ts'
import { COORDINATOR_QUEUE } from '../coordinator/contract/queues.ts'
import { Failure, isFailureCode, messageOf } from '../core/failure.ts'

/** What an errand's kind is answered with. */
export interface ErrandAnswers {
  readonly 'check-model': CheckedModel
  readonly 'build-agent': BuiltAgent
}

/** A node's answer to an errand, or why it has none. */
export type ErrandResult<Answer> =
  | { readonly node: string; readonly answer: Answer; readonly failure: null }
  | { readonly node: string; readonly answer: null; readonly failure: Failure }

/**
 * Asks one node and waits for it. Failures of the node's are an answer; anything else is thrown.
 *
 * @param options.patienceMs what the node may take to begin; half a minute by default.
 */
export async function runErrand<Kind extends Errand['kind']>(
  client: Client,
  node: string,
  errand: Extract<Errand, { kind: Kind }>,
  options: Pick<OnNodeInput, 'patienceMs'> = {},
): Promise<ErrandResult<ErrandAnswers[Kind]>> {
  try {
    const answer: ErrandAnswers[Kind] = await client.workflow.execute(WORKFLOWS.onNode, {
      workflowId: `errand/${node}/${randomUUID()}`,
      taskQueue: COORDINATOR_QUEUE,
      args: [{ node, errand, ...options }],
      workflowExecutionTimeout: '2 hours',
    })
    return { node, answer, failure: null }
  } catch (error) {
    const failure = failureOf(error, node)
    if (failure === null) throw error
    return { node, answer: null, failure }
  }
}

/**
 * The nodes that an errand goes to: the one that was named, or all that live.
 *
 * @throws Failure `input.invalid` for a node that does not live, `stack.part-failed` without any.
 */
export function chooseNodes(
  living: readonly Pick<NodePresence, 'node'>[],
  named: string | undefined,
): string[] {
  const nodes = living.map(({ node }) => node)
  if (named !== undefined && !nodes.includes(named)) {
    const message = `No node ${named} lives. Those that do: ${nodes.join(', ') || 'none'}.`
    throw new Failure('input.invalid', message, { facts: { node: named } })
  }
  if (named !== undefined) return [named]
  if (nodes.length > 0) return nodes
  throw new Failure('stack.part-failed', 'No node lives that could be asked. See `sbench status`.')
}

function failureOf(error: unknown, node: string): Failure | null {
  if (!(error instanceof WorkflowFailedError)) return null
  const facts = { node }
  for (let cause: unknown = error.cause; cause instanceof Error; cause = cause.cause) {
    if (cause instanceof ApplicationFailure && isFailureCode(cause.type)) {
      return new Failure(cause.type, cause.message, { facts, cause: error })
    }
    if (cause instanceof TimeoutFailure) {
      return new Failure('node.lost', `Node ${node} does not answer.`, { facts, cause: error })
    }
  }
  return new Failure('node.lost', `Node ${node} failed: ${messageOf(error)}`, {
    facts,
    cause: error,
  })
}

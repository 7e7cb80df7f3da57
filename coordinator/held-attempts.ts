import type { Client } from '@temporalio/client'
import { attemptOfActivity } from './contract/activity-ids.ts'
import { WORKFLOWS } from './contract/messages.ts'

/** An attempt that a worker has taken from the server and not answered yet. */
export interface HeldAttempt {
  readonly trial: string
  readonly attempt: number
  /** The worker's identity, see `workerIdentity`. */
  readonly holder: string
}

/**
 * What workers have in hand, as the Temporal server sees it: one question for each open trial, so
 * ask only when there is a reason to.
 */
export async function heldAttempts(client: Client): Promise<HeldAttempt[]> {
  const held: HeldAttempt[] = []
  const query = `WorkflowType = '${WORKFLOWS.trial}' AND ExecutionStatus = 'Running'`
  for await (const { workflowId, runId } of client.workflow.list({ query })) {
    const { raw } = await client.workflow.getHandle(workflowId, runId).describe()
    for (const { activityId, lastWorkerIdentity } of raw.pendingActivities ?? []) {
      const attempt = attemptOfActivity(activityId ?? '')
      if (attempt === null || !lastWorkerIdentity) continue
      const trial = workflowId.slice(workflowId.indexOf('/') + 1)
      held.push({ trial, attempt, holder: lastWorkerIdentity })
    }
  }
  return held
}

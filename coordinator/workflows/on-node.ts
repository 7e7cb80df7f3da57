import { proxyActivities } from '@temporalio/workflow'
import type { ErrandActivities, OnNodeInput, OnNodeOutput } from '../contract/activities.ts'
import { nodeQueue } from '../contract/queues.ts'

const PATIENCE_MS = 30_000

/**
 * One errand on one node, once: what a person asks for is not worth a second try behind their back.
 * A node that does not take it up in half a minute is not there.
 */
export async function onNode({
  node,
  errand,
  patienceMs = PATIENCE_MS,
}: OnNodeInput): Promise<OnNodeOutput> {
  const patience = {
    taskQueue: nodeQueue(node),
    scheduleToStartTimeout: patienceMs,
    retry: { maximumAttempts: 1 },
  } as const
  switch (errand.kind) {
    case 'check-model': {
      const { checkModel } = proxyActivities<Pick<ErrandActivities, 'checkModel'>>({
        ...patience,
        startToCloseTimeout: '5 minutes',
      })
      return checkModel({ model: errand.model })
    }
    case 'build-agent': {
      const { buildAgent } = proxyActivities<Pick<ErrandActivities, 'buildAgent'>>({
        ...patience,
        startToCloseTimeout: '1 hour',
        heartbeatTimeout: '2 minutes',
      })
      return buildAgent({ agent: errand.agent })
    }
  }
}

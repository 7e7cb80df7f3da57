import type {
  ErrandActivities,
  NodeActivities,
  RunActivities,
} from '../coordinator/contract/activities.ts'
import { errandActivities } from './errands.ts'
import { gradeTrial } from './grade-trial.ts'
import type { Node } from './node.ts'
import { runTrial } from './run-trial.ts'

export function runActivities(node: Node): RunActivities {
  return { runTrial: (input) => runTrial(node, input) }
}

export function nodeActivities(node: Node): NodeActivities & ErrandActivities {
  return {
    ...errandActivities(node),
    gradeTrial: (input) => gradeTrial(node, input),
    releaseAttempt: ({ snapshot }) => node.host.removeSnapshot(snapshot.image),
  }
}

import type {
  ErrandActivities,
  GradeTrialInput,
  GradeTrialOutput,
  NodeActivities,
  RunActivities,
} from '../coordinator/contract/activities.ts'
import { gradeAttempt } from '../grader/grade.ts'
import { errandActivities } from './errands.ts'
import type { Node } from './node.ts'
import { runTrial } from './run-trial.ts'
import { underWay } from './under-way.ts'

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

/** Grading takes room like running does, and goes before new trials. */
function gradeTrial(node: Node, input: GradeTrialInput): Promise<GradeTrialOutput> {
  return underWay(node, input, async ({ signal }) => {
    const { trial, attempt, snapshot } = input
    const task = await node.tasks.task(trial.task)
    const { cpus, memoryMb } = task.environment
    const hold = await node.capacity.acquire({ cpus, memoryMb }, signal)
    try {
      node.presence.enter(trial, attempt, 'grade')
      const from = performance.now()
      const { verdict } = await gradeAttempt({
        host: node.host,
        images: node.images,
        task,
        taskDir: task.dir,
        identity: {
          sweep: trial.sweep,
          trial: trial.trial,
          attempt,
          node: node.id,
          boot: node.boot,
        },
        snapshot,
        signal,
      })
      await node.host.removeSnapshot(snapshot.image)
      const { sweep } = trial
      node.log.info({ sweep, trial: trial.trial, attempt, pass: verdict.pass }, 'graded')
      node.ended.inc({ activity: 'grade', outcome: verdict.pass ? 'pass' : 'fail' })
      return { verdict, gradeMs: Math.round(performance.now() - from) }
    } finally {
      hold.release()
    }
  })
}

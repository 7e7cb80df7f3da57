import type { ModelCall } from '../../core/model-call.ts'
import { readModelCalls } from '../../core/model-recording.ts'
import type { TrajectoryEvent } from '../../core/trajectory.ts'
import type { TrialDetail } from '../read-trial.ts'
import { ATIF_VERSION, type AtifStep, type AtifTrajectory, atifSchema } from './atif-schema.ts'
import { finalMetrics } from './final-metrics.ts'
import { type RequestFacts, requestFacts, toolResultsIn } from './request-facts.ts'
import { StepList } from './step-list.ts'

export interface AtifSource {
  readonly trial: TrialDetail
  readonly attempt: number
  /** Of that attempt, all of them. */
  readonly events: readonly TrajectoryEvent[]
  /** Of this program: the version of agents that are part of it. */
  readonly programVersion: string
}

/**
 * One attempt as a trajectory of ATIF 1.7: a step for each call of a model, with what its tools
 * answered; where no model was asked, a step for each thing that the agent did.
 *
 * @returns checked against our own schema: a document that breaks it is a bug and throws a ZodError.
 */
export function writeAtif(source: AtifSource): AtifTrajectory {
  const { trial, attempt, events, programVersion } = source
  const calls = readModelCalls(events)
  const steps = stepsOf(events, calls)
  const facts = calls[0] === undefined ? null : requestFacts(calls[0].request)
  const id = `${trial.trial}-${attempt}`
  return atifSchema.parse({
    schema_version: ATIF_VERSION,
    session_id: id,
    trajectory_id: id,
    agent: {
      name: trial.agent,
      version: trial.agentVersion ?? programVersion,
      ...(trial.model === null ? {} : { model_name: trial.model }),
      ...(facts === null || facts.tools.length === 0 ? {} : { tool_definitions: facts.tools }),
      extra: { contestant: trial.contestant, parameters: trial.parameters },
    },
    steps,
    final_metrics: finalMetrics(calls, steps.length),
    extra: aboutTrial(trial, attempt),
  })
}

function stepsOf(events: readonly TrajectoryEvent[], calls: readonly ModelCall[]): AtifStep[] {
  const steps = new StepList()
  const byNumber = new Map(calls.map((call) => [call.call, call]))
  if (calls[0] !== undefined) openWith(steps, requestFacts(calls[0].request), events)
  for (const event of events) {
    const call = event.kind === 'model-call' ? byNumber.get(Number(event.meta.call)) : undefined
    if (call === undefined) steps.addEvent(event)
    else steps.addCall(call)
  }
  for (const call of [...calls].reverse()) {
    if (!steps.lacksResults) break
    steps.addResults(toolResultsIn(call.request))
  }
  return steps.done()
}

/** What the model was told before it said anything, unless the agent's own events say it. */
function openWith(
  steps: StepList,
  { system, user }: RequestFacts,
  events: readonly TrajectoryEvent[],
): void {
  if (system !== '') steps.say('system', system)
  const toldByEvents = events.some(({ kind, meta }) => kind === 'message' && meta.role === 'user')
  if (user !== '' && !toldByEvents) steps.say('user', user)
}

function aboutTrial(trial: TrialDetail, attempt: number) {
  const { sweep, trial: id, task, seed, category, family, simulated, result } = trial
  return {
    sweep,
    trial: id,
    attempt,
    task,
    seed,
    category,
    family,
    simulated,
    outcome: result?.outcome ?? null,
    pass: result?.pass ?? null,
    score: result?.score ?? null,
    rewards: result?.rewards ?? {},
  }
}

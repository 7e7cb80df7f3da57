import { Context } from '@temporalio/activity'
import type {
  BuildAgentInput,
  BuiltAgent,
  CheckedModel,
  CheckModelInput,
  ErrandActivities,
} from '../coordinator/contract/activities.ts'
import { findAgent } from '../coordinator/contract/agents.ts'
import { bareContestant, NO_TRIAL_LIMITS } from '../coordinator/contract/sweep.ts'
import { Failure } from '../core/failure.ts'
import { newSweepId, trialIdOf } from '../core/ids.ts'
import type { ModelCall } from '../core/model-call.ts'
import { type RecordedEvent, readModelCalls } from '../core/model-recording.ts'
import { resolveModel } from '../models/resolve-model.ts'
import { agentNamed } from './agents/agents.ts'
import { languageModel } from './agents/loop/language-model.ts'
import { NO_SPEND } from './gateway/spend-of.ts'
import type { Node } from './node.ts'
import { HEARTBEAT_INTERVAL_MS } from './under-way.ts'

/** What a person asks of one node. */
export function errandActivities(node: Node): ErrandActivities {
  return {
    checkModel: (input) => checkModel(node, input),
    buildAgent: (input) => heartbeating(() => buildAgent(node, input)),
  }
}

const QUESTION = 'Answer with the one word ok.'
/** Models that reason need some room before they say a word. */
const ANSWER_TOKENS = 1_024
const CHECK_MS = 120_000

/** One call as an agent would make it, through the gateway and with the node's key. */
async function checkModel(node: Node, { model }: CheckModelInput): Promise<CheckedModel> {
  const { facts } = resolveModel(model, node.models)
  const sweep = newSweepId()
  const events: RecordedEvent[] = []
  const contestant = { ...bareContestant('loop', { name: model }), model, modelFacts: facts }
  await using access = await node.gateway.open({
    sweep,
    trial: trialIdOf(sweep, model, 'check', 1),
    attempt: 1,
    task: 'check',
    seed: 1,
    contestant,
    limits: NO_TRIAL_LIMITS,
    sweepBudgetMicros: null,
    spent: NO_SPEND,
    recorder: { record: (event) => void events.push(event), flush: async () => undefined },
    taskDir: '',
  })
  const asked = await languageModel(access)
  const answered = await asked
    .doGenerate({
      prompt: [{ role: 'user', content: [{ type: 'text', text: QUESTION }] }],
      maxOutputTokens: ANSWER_TOKENS,
      abortSignal: AbortSignal.timeout(CHECK_MS),
    })
    .then(
      () => null,
      (error: unknown) => error,
    )
  const { ended } = access
  await access[Symbol.asyncDispose]()
  if (ended !== null) throw new Failure(ended.code ?? 'model.provider-failed', ended.message)
  const call = readModelCalls(events).at(-1)
  if (answered !== null || call?.end !== 'answered') throw unanswered(model, call, answered)
  return {
    model,
    modelAnswered: call.modelAnswered,
    firstByteMs: call.firstByteMs,
    answerMs: call.answerMs,
    inputTokens: call.usage?.inputTokens ?? null,
    outputTokens: call.usage?.outputTokens ?? null,
    costMicros: call.costMicros,
  }
}

function unanswered(model: string, call: ModelCall | undefined, cause: unknown): Failure {
  const why = call?.problem || (cause instanceof Error ? cause.message : 'there was no answer')
  return new Failure('model.provider-failed', `${model} gave no answer: ${why}`, {
    facts: { model, status: call?.status ?? 0 },
    cause,
  })
}

async function buildAgent(node: Node, { agent }: BuildAgentInput): Promise<BuiltAgent> {
  const { version } = findAgent(agent)
  const { installation } = agentNamed(agent).needs
  if (installation === null) return { agent, version, image: null, present: true, buildMs: 0 }
  const { Volumes } = await node.host.docker.listVolumes()
  const startedAt = performance.now()
  const { name } = await node.installations.ensure(installation)
  return {
    agent,
    version,
    image: name,
    present: Volumes.some((volume) => volume.Name === name),
    buildMs: Math.round(performance.now() - startedAt),
  }
}

async function heartbeating<Value>(work: () => Promise<Value>): Promise<Value> {
  const context = Context.current()
  const timer = setInterval(() => context.heartbeat(), HEARTBEAT_INTERVAL_MS)
  try {
    return await work()
  } finally {
    clearInterval(timer)
  }
}

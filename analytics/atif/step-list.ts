import type { ModelCall } from '../../core/model-call.ts'
import type { TrajectoryEvent } from '../../core/trajectory.ts'
import type { AtifObservationResult, AtifStep, AtifToolCall } from './atif-schema.ts'
import { callMetrics } from './final-metrics.ts'

type Draft = Omit<AtifStep, 'step_id' | 'observation'> & { results: AtifObservationResult[] }

/** Steps in the making: results of tools find the step that called them, whenever they come. */
export class StepList {
  readonly #steps: Draft[] = []
  /** The step that made a tool call, by the call's id. */
  readonly #callers = new Map<string, Draft>()
  readonly #answered = new Set<string>()
  #hasCalls = false
  #made = 0

  say(source: 'system' | 'user', message: string, timestamp?: string): void {
    const when = timestamp === undefined ? {} : { timestamp }
    this.#steps.push({ source, message, ...when, results: [] })
  }

  addCall(call: ModelCall): void {
    this.#hasCalls = true
    const { text, reasoning, end, problem, status, lost, dialect, providerDialect } = call
    const tools = call.toolCalls.map(({ id, name, input }) => toolCall(id, name, input))
    this.#act({
      source: 'agent',
      timestamp: call.startedAt,
      model_name: call.modelAnswered ?? call.model,
      message: text,
      ...(reasoning === '' ? {} : { reasoning_content: reasoning }),
      ...(tools.length === 0 ? {} : { tool_calls: tools }),
      metrics: callMetrics(call),
      llm_call_count: 1,
      extra: {
        call: call.call,
        dialect,
        ...(providerDialect === dialect ? {} : { provider_dialect: providerDialect }),
        ...(lost.length === 0 ? {} : { lost_in_translation: lost }),
        ...(end === 'answered' ? {} : { end, status, problem }),
      },
      results: [],
    })
  }

  /**
   * An agent that asks a model says in its events what the calls say already; of one that does not,
   * the events are all there is.
   */
  addEvent({ kind, ts, tool, body, meta }: TrajectoryEvent): void {
    if (meta.again === true) return
    switch (kind) {
      case 'message':
        if (meta.role === 'user') this.say('user', body, ts)
        else if (!this.#hasCalls) this.#act(ownStep(ts, body))
        return
      case 'tool-call': {
        if (this.#hasCalls) return
        const id = typeof meta.call === 'string' ? meta.call : `call-${++this.#made}`
        this.#act({ ...ownStep(ts, ''), tool_calls: [toolCall(id, tool, body)] })
        return
      }
      case 'tool-result':
        this.#addResult(typeof meta.call === 'string' ? meta.call : null, body, { tool, meta })
        return
      case 'output':
        this.#addResult(null, body, { tool: 'output', meta })
        return
      case 'note':
      case 'error':
        this.#steps.push({
          source: 'system',
          timestamp: ts,
          message: body,
          extra: { kind, ...meta },
          results: [],
        })
        return
      case 'phase':
      case 'model-call':
      case 'model-part':
        return
    }
  }

  /** A tool call whose answer no event has told. */
  get lacksResults(): boolean {
    return this.#answered.size < this.#callers.size
  }

  /** Answers by the ids of their calls; those that are known already stay. */
  addResults(results: ReadonlyMap<string, string>): void {
    for (const [id, content] of results) {
      const caller = this.#callers.get(id)
      if (caller === undefined || this.#answered.has(id)) continue
      this.#answered.add(id)
      caller.results.push({ source_call_id: id, content })
    }
  }

  /** At least one step: an agent that did nothing is told to have done so. */
  done(): AtifStep[] {
    if (this.#steps.length === 0) this.say('system', 'The agent did nothing.')
    return this.#steps.map(({ results, ...step }, index) => ({
      step_id: index + 1,
      ...step,
      ...(results.length === 0 ? {} : { observation: { results } }),
    }))
  }

  #act(step: Draft): void {
    this.#steps.push(step)
    for (const { tool_call_id: id } of step.tool_calls ?? []) this.#callers.set(id, step)
  }

  #addResult(
    id: string | null,
    content: string,
    { tool, meta }: Pick<TrajectoryEvent, 'tool' | 'meta'>,
  ): void {
    const last = this.#steps.findLast(({ source }) => source === 'agent')
    const caller = (id === null ? undefined : this.#callers.get(id)) ?? null
    const extra = { tool, ...meta }
    if (caller !== null && id !== null) {
      if (this.#answered.has(id)) return
      this.#answered.add(id)
      caller.results.push({ source_call_id: id, content, extra })
      return
    }
    const only = last?.tool_calls?.length === 1 ? last.tool_calls[0]?.tool_call_id : undefined
    const open = only !== undefined && !this.#answered.has(only) && !this.#hasCalls
    if (open) this.#answered.add(only)
    last?.results.push({ ...(open ? { source_call_id: only } : {}), content, extra })
  }
}

const ownStep = (timestamp: string, message: string): Draft => ({
  source: 'agent',
  timestamp,
  message,
  llm_call_count: 0,
  results: [],
})

function toolCall(id: string, name: string, input: string): AtifToolCall {
  return { tool_call_id: id, function_name: name, arguments: argumentsOf(input) }
}

/** Arguments must be an object; what a model wrote otherwise is kept as it is, under a name. */
function argumentsOf(input: string): Record<string, unknown> {
  if (input.trim() === '') return {}
  try {
    const value: unknown = JSON.parse(input)
    if (typeof value === 'object' && value !== null && !Array.isArray(value)) return { ...value }
  } catch {
    // A call that the model left unfinished, or a plain command.
  }
  return { input }
}

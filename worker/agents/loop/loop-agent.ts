import type { LanguageModelV4CallOptions } from '@ai-sdk/provider'
import type { ContestantParameters } from '../../../coordinator/contract/sweep.ts'
import { Failure } from '../../../core/failure.ts'
import type { ModelFacts } from '../../../models/model.ts'
import type { TrialAccess } from '../../gateway/trial-access.ts'
import type { Agent, AgentEnd, AgentRun } from '../agent.ts'
import { bashTool } from './bash-tool.ts'
import { promptLimit } from './compaction.ts'
import { editTool } from './edit-tool.ts'
import { type Emit, eventStream } from './event-stream.ts'
import { jobTool } from './job-tool.ts'
import { languageModel, MODEL_OPTIONS } from './language-model.ts'
import { type Log, openLog } from './log.ts'
import { loop } from './loop.ts'
import type { McpTools } from './mcp-tools.ts'
import { type NewShell, newShell, Shell, type ShellOptions } from './shell.ts'
import { systemPrompt } from './system-prompt.ts'
import { estimateTokens } from './tokens.ts'
import { functionTools } from './toolbox.ts'

const DEFAULT_MAX_TURNS = 200
/** Asked of a model that may answer more: an answer is one step, and budgets reserve all of it. */
const MAX_OUTPUT_TOKENS = 32_000
/** Where nobody told: Anthropic's dialect must say a number. */
const USUAL_OUTPUT_TOKENS = 16_000

/** Before an answer that was lost on its way is asked for a second time. */
const BACK_OFF_MS = 1_000

/** Programs that would wait for a person, or page. */
const SHELL_ENVIRONMENT = {
  DEBIAN_FRONTEND: 'noninteractive',
  GIT_PAGER: 'cat',
  PAGER: 'cat',
  TERM: 'dumb',
}

/**
 * Our own agent: a loop of answers and calls of tools, on the worker. What it does in the sandbox
 * goes through the runner, and what it knows lies in its checkpoint, so that a new process of the
 * worker goes on where a killed one stopped.
 */
export function loopAgent({ backOffMs = BACK_OFF_MS } = {}): Agent {
  return {
    needs: { runner: true, gatewayInside: false, installation: null },
    resumable: true,
    files: async () => null,
    run: (run) => eventStream((emit, abandoned) => work(run, { backOffMs, emit, abandoned })),
  }
}

interface Work {
  readonly backOffMs: number
  readonly emit: Emit
  readonly abandoned: AbortSignal
}

async function work(run: AgentRun, { backOffMs, emit, abandoned }: Work): Promise<AgentEnd> {
  const { access } = run
  if (access === null) {
    throw new Failure('config.invalid', 'The agent loop needs a model.', {
      facts: { contestant: run.trial.contestant.name },
    })
  }
  const signal = AbortSignal.any([run.signal, abandoned])
  try {
    signal.throwIfAborted()
    const log = await openLog(run.checkpoint, emit)
    if (log.conversation.stopped !== null) return log.conversation.stopped
    return await workWith(run, { access, log, emit, signal, backOffMs })
  } catch (error) {
    if (!signal.aborted || error instanceof Failure) throw error
    return { outcome: 'agent-timeout', detail: 'its time was over' }
  }
}

interface Means {
  readonly access: TrialAccess
  readonly log: Log
  readonly emit: Emit
  readonly signal: AbortSignal
  readonly backOffMs: number
}

async function workWith(run: AgentRun, means: Means): Promise<AgentEnd> {
  const { access, log, emit, signal, backOffMs } = means
  const { contestant } = run.trial
  const shellParts = { runner: await run.sandbox.runner(), how: commandOptions(run) }
  const { folder, machine } = log.conversation.shell ?? (await begin(shellParts, means))
  const shell = new Shell({ ...shellParts, folder })
  if (log.conversation.turnCount === 0) {
    emit({ kind: 'message', body: run.task.instruction, meta: { role: 'user' } })
  }
  await using mcp = await mcpTools(run)
  const own = { shell, timeoutMs: run.timeoutMs }
  const tools = [bashTool(own), jobTool(own), editTool(shellParts), ...mcp.tools]

  const { parameters, modelFacts } = contestant
  const maxTurns = parameters.maxTurns ?? DEFAULT_MAX_TURNS
  const toolNames = tools.map(({ name }) => name)
  const system = systemPrompt({ machine, toolNames, timeoutMs: run.timeoutMs, maxTurns })
  const frame = { system, instruction: run.task.instruction }
  const offered = functionTools(tools)
  const options = requestOptions(parameters, modelFacts)
  const end = await loop({
    access,
    model: await languageModel(access),
    options,
    functionTools: offered,
    frame,
    tools,
    limits: {
      maxTurns,
      promptTokens: promptLimit(modelFacts, options.maxOutputTokens),
      fixedTokens: [system, frame.instruction, JSON.stringify(offered)]
        .map(estimateTokens)
        .reduce((sum, tokens) => sum + tokens, 0),
    },
    log,
    emit,
    signal,
    backOffMs,
  })
  await shell.remove()
  return end
}

/** A task without servers needs no client of theirs. */
async function mcpTools({ mcp, timeoutMs }: AgentRun): Promise<McpTools> {
  if (mcp.length === 0) return { tools: [], [Symbol.asyncDispose]: async () => {} }
  const { connectMcp } = await import('./mcp-tools.ts')
  return connectMcp(mcp, timeoutMs)
}

async function begin(
  shell: Omit<ShellOptions, 'folder'>,
  { log, signal }: Pick<Means, 'log' | 'signal'>,
): Promise<NewShell> {
  const begun = await newShell(shell, signal)
  await log.write({ type: 'began', shellFolder: begun.folder, machine: begun.machine })
  return begun
}

function commandOptions({ task }: AgentRun): ShellOptions['how'] {
  const { user } = task.agent
  const { workdir } = task.environment
  return {
    env: SHELL_ENVIRONMENT,
    ...(user === undefined ? {} : { user }),
    ...(workdir === undefined ? {} : { workdir }),
  }
}

function requestOptions(
  { temperature, reasoningEffort, maxOutputTokens }: ContestantParameters,
  facts: ModelFacts | null,
): Omit<LanguageModelV4CallOptions, 'prompt' | 'tools'> {
  return {
    maxOutputTokens: maxOutputTokens ?? usualOutputTokens(facts),
    providerOptions: MODEL_OPTIONS,
    ...(temperature === undefined ? {} : { temperature }),
    ...(reasoningEffort === undefined ? {} : { reasoning: reasoningEffort }),
  }
}

/** What the model's window and its provider allow, within reason. */
function usualOutputTokens(facts: ModelFacts | null): number {
  const { maxOutputTokens, contextTokens } = facts ?? {}
  const ofWindow = Math.floor((contextTokens ?? Number.POSITIVE_INFINITY) / 4)
  return Math.min(maxOutputTokens ?? USUAL_OUTPUT_TOKENS, MAX_OUTPUT_TOKENS, ofWindow)
}

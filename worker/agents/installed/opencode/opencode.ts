import { z } from 'zod'
import type { AgentLog, LogLine } from '../agent-log.ts'
import {
  type AgentDefinition,
  type AgentSetting,
  installationIn,
  type ModelAccess,
} from '../definition.ts'

const installation = installationIn(new URL('image', import.meta.url), 'opencode')

/** OpenCode, headless; its log is that of `run --format json`. */
export const opencode: AgentDefinition = {
  name: 'opencode',
  installation,
  start(setting) {
    const { home } = setting
    return {
      command: [`${installation.mountPath}/opencode`, 'run', '--format=json'],
      env: {
        OPENCODE_CONFIG: `${home}/opencode.json`,
        OPENCODE_DISABLE_AUTOUPDATE: '1',
        OPENCODE_DISABLE_MODELS_FETCH: '1',
        OPENCODE_DISABLE_LSP_DOWNLOAD: '1',
        OPENCODE_DISABLE_DEFAULT_PLUGINS: '1',
        XDG_DATA_HOME: `${home}/data`,
        XDG_CONFIG_HOME: `${home}/config`,
        XDG_STATE_HOME: `${home}/state`,
        XDG_CACHE_HOME: `${home}/cache`,
      },
      files: { 'opencode.json': JSON.stringify(config(setting)) },
    }
  },
  read,
}

function config({ model, mcp, parameters }: AgentSetting) {
  const { temperature, maxTurns } = parameters
  const build = {
    ...(temperature === undefined ? {} : { temperature }),
    ...(maxTurns === undefined ? {} : { steps: maxTurns }),
  }
  return {
    autoupdate: false,
    share: 'disabled',
    lsp: false,
    // Calls of the model that are no part of the work.
    agent: { title: { disable: true }, build },
    // The sandbox is what shuts it in.
    permission: {
      edit: 'allow',
      bash: 'allow',
      external_directory: 'allow',
      doom_loop: 'allow',
      webfetch: 'deny',
      websearch: 'deny',
    },
    tools: { webfetch: false, websearch: false },
    mcp: Object.fromEntries(
      mcp.map(({ name, url, headers }) => [name, { type: 'remote', url, headers, enabled: true }]),
    ),
    ...(model === null ? {} : modelConfig(model, parameters)),
  }
}

const CONTEXT_TOKENS = 200_000
const OUTPUT_TOKENS = 32_000

function modelConfig(
  { url, key, name, facts }: ModelAccess,
  parameters: AgentSetting['parameters'],
) {
  const { reasoningEffort, maxOutputTokens } = parameters
  const model = {
    name,
    tool_call: true,
    temperature: parameters.temperature !== undefined,
    // It wants both numbers, known or not.
    limit: {
      context: facts?.contextTokens ?? CONTEXT_TOKENS,
      output: maxOutputTokens ?? facts?.maxOutputTokens ?? OUTPUT_TOKENS,
    },
    ...(reasoningEffort === undefined ? {} : { reasoning: true, options: { reasoningEffort } }),
  }
  return {
    model: `sbench/${name}`,
    small_model: `sbench/${name}`,
    provider: {
      sbench: {
        name: 'sbench',
        npm: '@ai-sdk/openai-compatible',
        options: { baseURL: `${url}/v1`, apiKey: key },
        models: { [name]: model },
      },
    },
  }
}

const text = z.object({ messageID: z.string(), text: z.string() })
const tool = z.object({
  messageID: z.string(),
  callID: z.string(),
  tool: z.string(),
  state: z.object({
    status: z.string(),
    input: z.unknown().optional(),
    output: z.unknown().optional(),
    error: z.unknown().optional(),
    metadata: z.object({ exit: z.number().nullish() }).nullish(),
  }),
})
const entry = z.discriminatedUnion('type', [
  z.object({ type: z.enum(['step_start', 'step_finish']) }),
  z.object({ type: z.enum(['text', 'reasoning']), part: text }),
  z.object({ type: z.literal('tool_use'), part: tool }),
  z.object({ type: z.literal('error'), error: z.unknown().optional() }),
])

function read(line: LogLine, log: AgentLog) {
  const { data } = entry.safeParse(line)
  switch (data?.type) {
    case 'step_start':
    case 'step_finish':
      return
    case 'text':
      return log.message(data.part.text, { answer: data.part.messageID })
    case 'reasoning':
      return log.message(data.part.text, {
        answer: data.part.messageID,
        meta: { reasoning: true },
      })
    case 'tool_use':
      return readTool(data.part, log)
    case 'error': {
      const problem = problemOf(data.error)
      log.error(problem)
      log.end = { outcome: 'agent-error', detail: problem.slice(0, 500) }
      return
    }
    case undefined:
      return log.output(JSON.stringify(line))
  }
}

/** Told of once, when the tool has answered. */
function readTool({ messageID, callID, tool: name, state }: z.infer<typeof tool>, log: AgentLog) {
  const exitCode = state.metadata?.exit
  log.toolCall(callID, name, { input: state.input, answer: messageID })
  log.toolResult(callID, state.output ?? state.error, {
    isError: state.status === 'error',
    ...(exitCode == null ? {} : { exitCode }),
  })
}

const named = z.object({ name: z.string(), data: z.object({ message: z.string() }).optional() })

function problemOf(error: unknown): string {
  const { data } = named.safeParse(error)
  if (data === undefined) return JSON.stringify(error)
  return data.data === undefined ? data.name : `${data.name}: ${data.data.message}`
}

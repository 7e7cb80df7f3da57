import { z } from 'zod'
import type { AgentLog, LogLine } from '../agent-log.ts'
import { type AgentDefinition, type AgentSetting, installationIn } from '../definition.ts'

const installation = installationIn(new URL('image', import.meta.url), 'claude')

/** Anthropic's Claude Code, headless; its log is that of `--output-format stream-json`. */
export const claudeCode: AgentDefinition = {
  name: 'claude-code',
  installation,
  start({ home, model, mcp, parameters }) {
    const { maxTurns, reasoningEffort: effort } = parameters
    return {
      command: [
        `${installation.mountPath}/claude`,
        '--print',
        '--verbose',
        '--output-format=stream-json',
        '--dangerously-skip-permissions',
        '--strict-mcp-config',
        `--mcp-config=${home}/mcp.json`,
        '--disallowedTools=WebFetch,WebSearch,ScheduleWakeup,CronCreate',
        ...(maxTurns === undefined ? [] : [`--max-turns=${maxTurns}`]),
        ...(effort === undefined ? [] : [`--effort=${EFFORTS[effort]}`]),
      ],
      env: { ...environment(home), ...modelEnvironment({ model, parameters }) },
      files: {
        'mcp.json': JSON.stringify({
          mcpServers: Object.fromEntries(
            mcp.map(({ name, url, headers }) => [name, { type: 'http', url, headers }]),
          ),
        }),
      },
    }
  },
  read,
}

/** It knows no effort below `low`. */
const EFFORTS = {
  none: 'low',
  minimal: 'low',
  low: 'low',
  medium: 'medium',
  high: 'high',
  xhigh: 'xhigh',
} as const

const environment = (home: string) => ({
  CLAUDE_CONFIG_DIR: home,
  // Says that a root user may skip permissions, since it is shut in.
  IS_SANDBOX: '1',
  CLAUDE_CODE_DISABLE_NONESSENTIAL_TRAFFIC: '1',
  DISABLE_TELEMETRY: '1',
  DISABLE_ERROR_REPORTING: '1',
  DISABLE_AUTOUPDATER: '1',
  DISABLE_BUG_COMMAND: '1',
  CLAUDE_CODE_DISABLE_TERMINAL_TITLE: '1',
  // It would begin before the task's servers have answered, without their tools, and then leave them
  // to a search that only one vendor's models understand.
  MCP_CONNECTION_NONBLOCKING: 'false',
  ENABLE_TOOL_SEARCH: 'false',
})

function modelEnvironment({ model, parameters }: Pick<AgentSetting, 'model' | 'parameters'>) {
  if (model === null) return {}
  const { maxOutputTokens } = parameters
  return {
    ANTHROPIC_BASE_URL: model.url,
    ANTHROPIC_API_KEY: model.key,
    ANTHROPIC_MODEL: model.name,
    // What it would leave to smaller models goes to the contestant's too.
    ANTHROPIC_SMALL_FAST_MODEL: model.name,
    ANTHROPIC_DEFAULT_HAIKU_MODEL: model.name,
    ANTHROPIC_DEFAULT_SONNET_MODEL: model.name,
    ANTHROPIC_DEFAULT_OPUS_MODEL: model.name,
    CLAUDE_CODE_SUBAGENT_MODEL: model.name,
    ...(maxOutputTokens === undefined
      ? {}
      : { CLAUDE_CODE_MAX_OUTPUT_TOKENS: String(maxOutputTokens) }),
  }
}

const block = z.discriminatedUnion('type', [
  z.object({ type: z.literal('text'), text: z.string() }),
  z.object({ type: z.literal('thinking'), thinking: z.string() }),
  z.object({
    type: z.literal('tool_use'),
    id: z.string(),
    name: z.string(),
    input: z.unknown().optional(),
  }),
  z.object({
    type: z.literal('tool_result'),
    tool_use_id: z.string(),
    content: z.unknown().optional(),
    is_error: z.boolean().optional(),
  }),
])
const message = z.object({
  type: z.enum(['assistant', 'user']),
  message: z.object({ id: z.string().default(''), content: z.array(z.unknown()) }),
  parent_tool_use_id: z.string().nullish(),
})
const result = z.object({
  type: z.literal('result'),
  subtype: z.string(),
  is_error: z.boolean(),
  result: z.string().default(''),
})

function read(line: LogLine, log: AgentLog) {
  const ended = result.safeParse(line)
  if (ended.success) return readEnd(ended.data, log)
  const said = message.safeParse(line)
  if (!said.success) {
    if (line.type !== 'system') log.output(JSON.stringify(line))
    return
  }
  const { message: whole, parent_tool_use_id: parent } = said.data
  for (const part of whole.content) readBlock(part, { answer: whole.id, subagent: !!parent, log })
}

function readBlock(
  part: unknown,
  { answer, subagent, log }: { answer: string; subagent: boolean; log: AgentLog },
) {
  const { data } = block.safeParse(part)
  if (data === undefined) return log.output(JSON.stringify(part))
  const meta = subagent ? { subagent: true } : {}
  switch (data.type) {
    case 'text':
      // Text of a user message is what it tells itself; the instruction is known.
      if (answer !== '') log.message(data.text, { answer, meta })
      return
    case 'thinking':
      return log.message(data.thinking, { answer, meta: { ...meta, reasoning: true } })
    case 'tool_use':
      return log.toolCall(data.id, data.name, { input: data.input, answer })
    case 'tool_result':
      return log.toolResult(data.tool_use_id, data.content, { isError: data.is_error ?? false })
  }
}

function readEnd(
  { subtype, is_error: isError, result: text }: z.infer<typeof result>,
  log: AgentLog,
) {
  if (subtype === 'error_max_turns') {
    log.end = { outcome: 'budget', detail: 'its turns were used up' }
  } else if (isError || subtype !== 'success') {
    log.error(text)
    log.end = { outcome: 'agent-error', detail: (text || subtype).slice(0, 500) }
  } else {
    log.end = { outcome: 'scored', detail: '' }
  }
}

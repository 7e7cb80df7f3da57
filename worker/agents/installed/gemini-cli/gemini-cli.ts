import { z } from 'zod'
import type { AgentLog, LogLine } from '../agent-log.ts'
import { type AgentDefinition, type AgentSetting, installationIn } from '../definition.ts'

const installation = installationIn(new URL('image', import.meta.url), 'gemini')

/** Google's Gemini CLI, headless; its log is that of `--output-format stream-json`. */
export const geminiCli: AgentDefinition = {
  name: 'gemini-cli',
  installation,
  start(setting) {
    const { home, model } = setting
    return {
      command: [
        `${installation.mountPath}/node`,
        `${installation.mountPath}/cli/bundle/gemini.js`,
        '--yolo',
        '--output-format=stream-json',
        ...(model === null ? [] : [`--model=${model.name}`]),
      ],
      env: {
        GEMINI_CLI_HOME: home,
        GEMINI_CLI_TRUST_WORKSPACE: 'true',
        // It would start itself again for a larger heap.
        GEMINI_CLI_NO_RELAUNCH: 'true',
        GEMINI_TELEMETRY_ENABLED: 'false',
        ...(model === null ? {} : { GEMINI_API_KEY: model.key, GOOGLE_GEMINI_BASE_URL: model.url }),
      },
      files: { '.gemini/settings.json': JSON.stringify(settings(setting)) },
    }
  },
  read,
}

function settings({ model, mcp, parameters }: AgentSetting) {
  const { maxTurns } = parameters
  return {
    general: { enableAutoUpdate: false, enableAutoUpdateNotification: false },
    privacy: { usageStatisticsEnabled: false },
    telemetry: { enabled: false },
    security: { auth: { selectedType: 'gemini-api-key' } },
    // Both are answered on the web.
    tools: { exclude: ['web_fetch', 'google_web_search'] },
    // Help with other products and with skills themselves; listed in another order at each start.
    skills: { disabled: ['antigravity-support', 'skill-creator'] },
    model: {
      ...(model === null ? {} : { name: model.name }),
      ...(maxTurns === undefined ? {} : { maxSessionTurns: maxTurns }),
    },
    mcpServers: Object.fromEntries(
      mcp.map(({ name, url, headers }) => [name, { httpUrl: url, headers, trust: true }]),
    ),
  }
}

const entry = z.discriminatedUnion('type', [
  z.object({ type: z.literal('init') }),
  z.object({ type: z.literal('message'), role: z.string(), content: z.string() }),
  z.object({
    type: z.literal('tool_use'),
    tool_id: z.string(),
    tool_name: z.string(),
    parameters: z.unknown().optional(),
  }),
  z.object({
    type: z.literal('tool_result'),
    tool_id: z.string(),
    status: z.string(),
    output: z.unknown().optional(),
    error: z.object({ message: z.string() }).optional(),
  }),
  z.object({ type: z.literal('error'), severity: z.string().optional(), message: z.string() }),
  z.object({
    type: z.literal('result'),
    status: z.string(),
    error: z.object({ type: z.string().default(''), message: z.string() }).optional(),
  }),
])

function read(line: LogLine, log: AgentLog) {
  const { data } = entry.safeParse(line)
  if (data === undefined) return log.output(JSON.stringify(line))
  switch (data.type) {
    case 'init':
      return
    case 'message':
      // What the user says is the instruction. An answer comes in pieces, each one line.
      return data.role === 'assistant' ? log.message(data.content) : undefined
    case 'tool_use':
      return log.toolCall(data.tool_id, data.tool_name, { input: data.parameters })
    case 'tool_result':
      return log.toolResult(data.tool_id, data.output ?? data.error?.message, {
        isError: data.status !== 'success',
      })
    case 'error':
      return log.output(data.message, { warning: true })
    case 'result':
      return readEnd(data, log)
  }
}

function readEnd(
  { status, error }: { status: string; error?: { type: string; message: string } | undefined },
  log: AgentLog,
) {
  if (status === 'success') {
    log.end = { outcome: 'scored', detail: '' }
    return
  }
  const detail = (error?.message ?? status).slice(0, 500)
  const isTurns = /FatalTurnLimited|max session turns/i.test(`${error?.type} ${error?.message}`)
  if (!isTurns) log.error(detail)
  log.end = isTurns
    ? { outcome: 'budget', detail: 'its turns were used up' }
    : { outcome: 'agent-error', detail }
}

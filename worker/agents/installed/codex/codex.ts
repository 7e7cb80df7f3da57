import { stringify } from 'smol-toml'
import { z } from 'zod'
import type { AgentLog, LogLine } from '../agent-log.ts'
import {
  type AgentDefinition,
  type AgentSetting,
  installationIn,
  type ModelAccess,
} from '../definition.ts'

const installation = installationIn(new URL('image', import.meta.url), 'codex')

/** OpenAI's Codex, headless; its log is that of `exec --json`. */
export const codex: AgentDefinition = {
  name: 'codex',
  installation,
  start(setting) {
    return {
      command: [
        `${installation.mountPath}/bin/codex`,
        'exec',
        '--json',
        '--skip-git-repo-check',
        // The instruction is its input.
        '-',
      ],
      env: {
        CODEX_HOME: setting.home,
        ...(setting.model === null ? {} : { SBENCH_MODEL_KEY: setting.model.key }),
      },
      files: { 'config.toml': stringify(config(setting)) },
    }
  },
  read,
}

function config({ model, mcp, parameters }: AgentSetting) {
  const { reasoningEffort } = parameters
  return {
    ...(model === null ? {} : modelConfig(model)),
    // The sandbox is what shuts it in.
    approval_policy: 'never',
    sandbox_mode: 'danger-full-access',
    web_search: 'disabled',
    check_for_update_on_startup: false,
    ...(reasoningEffort === undefined ? {} : { model_reasoning_effort: reasoningEffort }),
    analytics: { enabled: false },
    feedback: { enabled: false },
    otel: { exporter: 'none', metrics_exporter: 'none', trace_exporter: 'none' },
    history: { persistence: 'none' },
    mcp_servers: Object.fromEntries(
      mcp.map(({ name, url, headers }) => [name, { url, http_headers: { ...headers } }]),
    ),
  }
}

function modelConfig({ url, name, facts }: ModelAccess) {
  const window = facts?.contextTokens
  return {
    model: name,
    model_provider: 'sbench',
    ...(window == null ? {} : { model_context_window: window }),
    model_providers: {
      sbench: {
        name: 'sbench',
        base_url: `${url}/v1`,
        env_key: 'SBENCH_MODEL_KEY',
        wire_api: 'responses',
      },
    },
  }
}

const command = z.object({
  type: z.literal('command_execution'),
  command: z.string(),
  aggregated_output: z.string().default(''),
  exit_code: z.number().nullish(),
})
const change = z.object({
  type: z.literal('file_change'),
  changes: z.unknown().optional(),
  status: z.string(),
})
const mcpCall = z.object({
  type: z.literal('mcp_tool_call'),
  server: z.string(),
  tool: z.string(),
  arguments: z.unknown().optional(),
  result: z.unknown().optional(),
  error: z.unknown().optional(),
  status: z.string(),
})
const said = z.object({ type: z.enum(['agent_message', 'reasoning']), text: z.string() })
const problem = z.object({ type: z.literal('error'), message: z.string() })
const item = z.discriminatedUnion('type', [command, change, mcpCall, said, problem])

const entry = z.discriminatedUnion('type', [
  z.object({
    type: z.enum(['item.started', 'item.completed']),
    item: z.looseObject({ id: z.string(), type: z.string() }),
  }),
  z.object({ type: z.literal('turn.failed'), error: z.object({ message: z.string() }) }),
  z.object({ type: z.literal('error'), message: z.string() }),
  z.object({ type: z.literal('turn.completed') }),
  z.object({ type: z.enum(['thread.started', 'turn.started', 'item.updated']) }),
])

function read(line: LogLine, log: AgentLog) {
  const { data } = entry.safeParse(line)
  if (data === undefined) return log.output(JSON.stringify(line))
  switch (data.type) {
    case 'item.started':
      return readItem(data.item, { isNew: true, log })
    case 'item.completed':
      return readItem(data.item, { isNew: false, log })
    case 'turn.failed':
      log.error(data.error.message)
      log.end = { outcome: 'agent-error', detail: data.error.message.slice(0, 500) }
      return
    case 'error':
      // It tells of each try to reach its model; the end says whether one went well.
      return log.output(data.message, { warning: true })
    case 'turn.completed':
      log.end = { outcome: 'scored', detail: '' }
      return
    case 'thread.started':
    case 'turn.started':
    case 'item.updated':
      return
  }
}

function readItem(
  whole: { readonly id: string; readonly type: string },
  { isNew, log }: { isNew: boolean; log: AgentLog },
) {
  const { id } = whole
  const { data } = item.safeParse(whole)
  if (data === undefined) {
    // Lists of things to do and the like.
    if (!isNew) log.output(JSON.stringify(whole), { item: whole.type })
    return
  }
  switch (data.type) {
    case 'command_execution':
      if (isNew) return log.toolCall(id, 'shell', { input: data.command })
      return log.toolResult(id, data.aggregated_output, { exitCode: data.exit_code ?? -1 })
    case 'file_change':
      // Told of once, when it is done.
      if (isNew) return
      log.toolCall(id, 'apply_patch', { input: data.changes })
      return log.toolResult(id, data.status)
    case 'mcp_tool_call': {
      const tool = `mcp:${data.server}/${data.tool}`
      if (isNew) return log.toolCall(id, tool, { input: data.arguments })
      return log.toolResult(id, data.result ?? data.error, { status: data.status })
    }
    case 'agent_message':
      return isNew ? undefined : log.message(data.text)
    case 'reasoning':
      return isNew ? undefined : log.message(data.text, { meta: { reasoning: true } })
    case 'error':
      return isNew ? undefined : log.output(data.message, { warning: true })
  }
}

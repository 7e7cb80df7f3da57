import { type AgentDefinition, type AgentSetting, installationIn } from '../definition.ts'
import { readDriverLine } from '../driver-log.ts'
import { LITELLM_OFFLINE } from '../python-environment.ts'

const installation = installationIn(new URL('image', import.meta.url), 'mini')

/** mini-SWE-agent as its configuration `mini.yaml` has it: one tool, bash, and no MCP. */
export const miniSweAgent: AgentDefinition = {
  name: 'mini-swe-agent',
  installation,
  start({ home, model, parameters }) {
    // 0 is without a limit.
    const settings = { model: modelConfig(model, parameters), maxTurns: parameters.maxTurns ?? 0 }
    return {
      command: [
        `${installation.mountPath}/python`,
        '-I',
        `${installation.mountPath}/drive.py`,
        `${home}/settings.json`,
      ],
      env: {
        ...LITELLM_OFFLINE,
        MSWEA_SILENT_STARTUP: '1',
        MSWEA_CONFIGURED: 'true',
        MSWEA_GLOBAL_CONFIG_DIR: home,
        // What a call costs is known to the gateway.
        MSWEA_COST_TRACKING: 'ignore_errors',
      },
      files: { 'settings.json': JSON.stringify(settings) },
    }
  },
  read: readDriverLine,
}

function modelConfig(model: AgentSetting['model'], parameters: AgentSetting['parameters']) {
  if (model === null) return {}
  const { temperature, reasoningEffort, maxOutputTokens } = parameters
  return {
    // LiteLLM's name for whatever speaks as OpenAI does.
    model_name: `openai/${model.name}`,
    model_kwargs: {
      api_base: `${model.url}/v1`,
      api_key: model.key,
      drop_params: true,
      ...(temperature === undefined ? {} : { temperature }),
      ...(reasoningEffort === undefined ? {} : { reasoning_effort: reasoningEffort }),
      ...(maxOutputTokens === undefined ? {} : { max_tokens: maxOutputTokens }),
    },
  }
}

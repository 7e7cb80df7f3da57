import { type AgentDefinition, type AgentSetting, installationIn } from '../definition.ts'
import { readDriverLine } from '../driver-log.ts'
import { DEFAULT_MAX_TURNS, LITELLM_OFFLINE } from '../python-environment.ts'

const installation = installationIn(new URL('image', import.meta.url), 'openhands')

/** The OpenHands SDK with the tools and the prompt of its default agent, without a browser. */
export const openhands: AgentDefinition = {
  name: 'openhands',
  installation,
  start({ home, model, parameters, mcp }) {
    const servers = mcp.map(({ name, url, headers }) => [name, { url, headers }])
    const settings = {
      llm: { ...llm(model), ...asked(parameters) },
      mcp: Object.fromEntries(servers),
      maxTurns: parameters.maxTurns ?? DEFAULT_MAX_TURNS,
    }
    return {
      command: [
        `${installation.mountPath}/python`,
        '-I',
        `${installation.mountPath}/drive.py`,
        `${home}/settings.json`,
      ],
      env: {
        ...LITELLM_OFFLINE,
        OPENHANDS_SUPPRESS_BANNER: '1',
        POSTHOG_DISABLED: '1',
        OTEL_SDK_DISABLED: 'true',
        ANONYMIZED_TELEMETRY: 'false',
        OPENHANDS_PERSISTENCE_DIR: home,
      },
      files: { 'settings.json': JSON.stringify(settings) },
    }
  },
  read: readDriverLine,
}

function llm(model: AgentSetting['model']) {
  if (model === null) return {}
  const { contextTokens } = model.facts ?? {}
  return {
    // LiteLLM's name for whatever speaks as OpenAI does.
    model: `openai/${model.name}`,
    base_url: `${model.url}/v1`,
    api_key: model.key,
    usage_id: 'agent',
    ...(contextTokens == null ? {} : { max_input_tokens: contextTokens }),
  }
}

function asked({ temperature, reasoningEffort, maxOutputTokens }: AgentSetting['parameters']) {
  return {
    ...(temperature === undefined ? {} : { temperature }),
    ...(reasoningEffort === undefined ? {} : { reasoning_effort: reasoningEffort }),
    ...(maxOutputTokens === undefined ? {} : { max_output_tokens: maxOutputTokens }),
  }
}

/** For agents that reach their model through LiteLLM: nothing is fetched, nothing is told to anybody. */
export const LITELLM_OFFLINE = {
  LITELLM_LOCAL_MODEL_COST_MAP: 'True',
  LITELLM_TELEMETRY: 'False',
  LITELLM_LOG: 'ERROR',
  HF_HUB_OFFLINE: '1',
  DO_NOT_TRACK: '1',
} as const

/** Turns of agents that want a number, where nobody gave one. */
export const DEFAULT_MAX_TURNS = 500

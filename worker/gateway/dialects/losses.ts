import { DIALECTS, type DialectName } from '../../../core/model-call.ts'

/** One thing that a call loses when an agent of one dialect talks to a provider of another. */
export interface Loss {
  readonly from: DialectName
  readonly to: DialectName
  /**
   * Path in the request, `[]` for any index; `*` for every field that no row names; `answer.…` for
   * what an answer loses on its way back.
   */
  readonly field: string
  /** What becomes of it. */
  readonly instead: string
}

/** To whom, what becomes of it, and the fields. */
type Row = readonly [to: readonly DialectName[], instead: string, ...fields: string[]]

const ANTHROPIC = 'anthropic-messages'
const CHAT = 'openai-chat'
const RESPONSES = 'openai-responses'
const GEMINI = 'gemini'

const NOT_SENT = 'not sent'
const ITS_OWN_CACHE = 'the provider caches by its own rules'
const ITS_OWN_STRICTNESS = 'the provider is strict or not by its own rules'
const UNKNOWN_KIND = 'left out: only the vendor itself knows what it is'
const NOT_THEIRS = 'left out, unless the same provider wrote it'
const USER_TURN = 'a user message with the same text, when it comes after the first turn'
const NEAREST_EFFORT = 'the nearest effort'
const WANTS_SCHEMA = 'JSON without a schema is not sent: Anthropic wants one'
const TEXT_ARGUMENT = 'a function with one string argument'
const NOT_AN_OBJECT = 'wrapped as `{"invalid": …}` when it is not a JSON object'

/** Files: `fileOrNote` decides by the same words. */
const FILES: Readonly<Record<DialectName, string>> = {
  [ANTHROPIC]: 'left out with a note, unless an image, a PDF or plain text',
  [CHAT]: 'left out with a note, unless an image, or a PDF, wav or mp3 in base64',
  [RESPONSES]: 'left out with a note, unless an image, a PDF, or a URL of what is no audio',
  [GEMINI]: 'left out with a note when it is the id of a file that the vendor keeps',
}

const FROM: Readonly<Record<DialectName, readonly Row[]>> = {
  [ANTHROPIC]: [
    [[CHAT, RESPONSES], NOT_SENT, 'top_k'],
    [[RESPONSES], NOT_SENT, 'stop_sequences'],
    [[GEMINI], NOT_SENT, 'tool_choice.disable_parallel_tool_use', 'tools[].strict'],
    [[GEMINI], USER_TURN, 'messages[].role'],
    [[CHAT, RESPONSES], NOT_THEIRS, 'messages[].content[].thinking'],
    ...toAllBut(ANTHROPIC, [
      [NEAREST_EFFORT, 'thinking.budget_tokens'],
      [NOT_SENT, 'tools[].input_examples'],
      ['the tool is left out, unless it is a custom tool', 'tools[].type'],
      [NOT_THEIRS, 'messages[].content[].signature', 'messages[].content[].data'],
      ['kept for text; not sent with a result of files', 'messages[].content[].is_error'],
      [UNKNOWN_KIND, 'messages[].content[].type', 'messages[].content[].content[].type'],
      [
        ITS_OWN_CACHE,
        'cache_control',
        'system[].cache_control',
        'tools[].cache_control',
        'messages[].content[].cache_control',
        'messages[].content[].content[].cache_control',
      ],
    ]),
    ...files(ANTHROPIC, 'messages[].content[].source', 'messages[].content[].content[].source'),
  ],
  [CHAT]: [
    [[ANTHROPIC, RESPONSES], NOT_SENT, 'seed', 'frequency_penalty', 'presence_penalty'],
    [[ANTHROPIC, GEMINI], NOT_SENT, 'user', 'metadata', 'prompt_cache_key', 'service_tier'],
    [[ANTHROPIC, GEMINI], NOT_SENT, 'verbosity', 'response_format.json_schema.name'],
    [[ANTHROPIC, GEMINI], NOT_SENT, 'messages[].content[].image_url.detail'],
    [[ANTHROPIC, GEMINI], ITS_OWN_STRICTNESS, 'response_format.json_schema.strict'],
    [[ANTHROPIC, GEMINI], USER_TURN, 'messages[].role'],
    [[ANTHROPIC], WANTS_SCHEMA, 'response_format.type'],
    [[ANTHROPIC, RESPONSES], 'left out: it has no signature', 'messages[].reasoning_content'],
    [[RESPONSES], NOT_SENT, 'stop', 'top_k'],
    [[GEMINI], NOT_SENT, 'parallel_tool_calls', 'tools[].function.strict'],
    [[RESPONSES, GEMINI], ITS_OWN_CACHE, 'messages[].content[].cache_control'],
    ...toAllBut(CHAT, [
      [NOT_SENT, 'messages[].name'],
      ['the tool is left out, unless a function or a custom tool', 'tools[].type'],
      [TEXT_ARGUMENT, 'tools[].custom.format'],
      ['any tool may be called; required stays required', 'tool_choice.allowed_tools'],
      [UNKNOWN_KIND, 'messages[].content[].type'],
      [NOT_AN_OBJECT, 'messages[].tool_calls[].function.arguments'],
      ['the reasoning arrives without it', 'answer.reasoning.signature'],
    ]),
    ...files(
      CHAT,
      'messages[].content[].image_url',
      'messages[].content[].input_audio',
      'messages[].content[].file',
    ),
  ],
  [RESPONSES]: [
    [[ANTHROPIC, GEMINI], NOT_SENT, 'user', 'metadata', 'prompt_cache_key', 'service_tier'],
    [[ANTHROPIC, GEMINI], NOT_SENT, 'text.verbosity', 'text.format.name'],
    [[ANTHROPIC, GEMINI], ITS_OWN_STRICTNESS, 'text.format.strict'],
    [[ANTHROPIC, GEMINI], USER_TURN, 'input[].role'],
    [[ANTHROPIC], WANTS_SCHEMA, 'text.format.type'],
    [[GEMINI], NOT_SENT, 'parallel_tool_calls', 'tools[].strict', 'tools[].tools[].strict'],
    [[CHAT], NOT_SENT, 'reasoning.summary'],
    [[ANTHROPIC, CHAT], NOT_THEIRS, 'input[].summary', 'input[].content'],
    ...toAllBut(RESPONSES, [
      [NOT_SENT, 'input[].content[].detail', 'input[].output[].detail'],
      ['nothing is stored', 'store'],
      ['not sent, but for `reasoning.encrypted_content`', 'include[]'],
      [
        'the tool is left out, unless a function, a custom tool or a namespace of them',
        'tools[].type',
        'tools[].tools[].type',
      ],
      [TEXT_ARGUMENT, 'tools[].format', 'tools[].tools[].format'],
      ['not sent, unless a mode, or one function or custom tool', 'tool_choice'],
      [UNKNOWN_KIND, 'input[].type', 'input[].content[].type', 'input[].output[].type'],
      [NOT_THEIRS, 'input[].encrypted_content'],
      [NOT_AN_OBJECT, 'input[].arguments'],
    ]),
    ...files(
      RESPONSES,
      ...['content', 'output'].flatMap((field) =>
        ['image_url', 'file_data', 'file_url', 'file_id'].map(
          (kind) => `input[].${field}[].${kind}`,
        ),
      ),
    ),
  ],
  [GEMINI]: [
    [[CHAT, RESPONSES], NOT_SENT, 'generationConfig.topK'],
    [[ANTHROPIC, RESPONSES], NOT_SENT, 'generationConfig.seed'],
    [[ANTHROPIC, RESPONSES], NOT_SENT, 'generationConfig.presencePenalty'],
    [[ANTHROPIC, RESPONSES], NOT_SENT, 'generationConfig.frequencyPenalty'],
    [[RESPONSES], NOT_SENT, 'generationConfig.stopSequences'],
    [[ANTHROPIC], WANTS_SCHEMA, 'generationConfig.responseMimeType'],
    [[CHAT], NOT_SENT, 'generationConfig.thinkingConfig.includeThoughts'],
    ...toAllBut(GEMINI, [
      [NEAREST_EFFORT, 'generationConfig.thinkingConfig.thinkingBudget'],
      [
        'kept when it is one; any tool may be called when there are more',
        'toolConfig.functionCallingConfig.allowedFunctionNames',
      ],
      [NOT_THEIRS, 'contents[].parts[].thoughtSignature'],
      ['a thought is left out, unless the same provider wrote it', 'contents[].parts[].text'],
    ]),
    ...files(
      GEMINI,
      'contents[].parts[].inlineData',
      'contents[].parts[].fileData',
      'contents[].parts[].functionResponse.parts[].inlineData',
      'contents[].parts[].functionResponse.parts[].fileData',
    ),
  ],
}

const ALWAYS: readonly (readonly [instead: string, field: string])[] = [
  [NOT_SENT, '*'],
  ['a note of its media type', 'answer.file'],
  ['left out', 'answer.source'],
]

/**
 * All that translation loses, a row for each pair of dialects and field. `Parsed.lost` is found by
 * this table; what is in no row is carried over.
 */
export const LOSSES: readonly Loss[] = DIALECTS.flatMap((from) =>
  [...FROM[from], ...toAllBut(from, ALWAYS)].flatMap(([to, instead, ...fields]) =>
    fields.flatMap((field) => to.map((one) => ({ from, to: one, field, instead }))),
  ),
)

const INDEX = new Set(LOSSES.map(({ from, to, field }) => `${from} ${to} ${field}`))

/** The field of the table that a path belongs to. */
export function fieldOf(path: string): string {
  return path.replace(/\[\d+\]/g, '[]')
}

export function isLost(from: DialectName, to: DialectName, path: string): boolean {
  return INDEX.has(`${from} ${to} ${fieldOf(path)}`)
}

function others(from: DialectName): DialectName[] {
  return DIALECTS.filter((name) => name !== from)
}

function toAllBut(
  from: DialectName,
  rows: readonly (readonly [instead: string, ...fields: string[]])[],
): Row[] {
  return rows.map(([instead, ...fields]) => [others(from), instead, ...fields])
}

function files(from: DialectName, ...fields: string[]): Row[] {
  return others(from).map((to) => [[to], FILES[to], ...fields])
}

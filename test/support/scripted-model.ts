import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import { json } from 'node:stream/consumers'

/** What the model does first, in the words of no agent in particular. */
export interface ScriptedTurn {
  /** A shell command, for whatever tool of the agent runs one. */
  readonly shell: string
  /** What it says when a tool has answered. */
  readonly finalText: string
}

/** A request as it came: what a test looks at. */
export interface SeenRequest {
  readonly path: string
  readonly key: string
  readonly body: Body
  /** Unix milliseconds, with their fractions. */
  readonly at: number
}

type Body = Record<string, unknown>
type Answer = { readonly tool: string; readonly input: Body } | { readonly text: string }

/**
 * A model that calls one tool and then says that it is done, in the four dialects, over a Unix
 * socket. It knows the shell tools of the agents by their names and arguments.
 */
export class ScriptedModel implements AsyncDisposable {
  readonly seen: SeenRequest[] = []
  private readonly server
  private readonly turn: ScriptedTurn
  private calls = 0

  constructor(turn: ScriptedTurn) {
    this.turn = turn
    this.server = createServer((request, response) => {
      this.answer(request, response).catch((error: unknown) => response.destroy(error as Error))
    })
  }

  async listen(socketPath: string): Promise<void> {
    await new Promise<void>((resolve) => this.server.listen(socketPath, resolve))
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.server.closeAllConnections()
    await new Promise((resolve) => this.server.close(resolve))
  }

  private async answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const at = performance.timeOrigin + performance.now()
    const path = (request.url ?? '').split('?')[0] ?? ''
    if (request.method !== 'POST') {
      response.writeHead(200, { 'content-type': 'application/json' })
      response.end(JSON.stringify({ data: [], object: 'list', models: [] }))
      return
    }
    const body = (await json(request)) as Body
    this.seen.push({ path, key: keyOf(request), body, at })
    const dialect = DIALECTS.find(({ paths }) => paths.test(path))
    if (dialect === undefined) {
      response.writeHead(404, { 'content-type': 'application/json' })
      response.end('{"error":{"message":"no such path","type":"not_found_error","code":404}}')
      return
    }
    this.calls += 1
    dialect.write(response, this.choose(body), {
      id: `call_${this.calls}`,
      model: String(body.model ?? 'scripted'),
      stream: body.stream === true || path.includes('streamGenerate'),
    })
  }

  private choose(body: Body): Answer {
    const tools = toolNames(body)
    const shell = SHELLS.find(({ name }) => tools.includes(name))
    const { shell: command, finalText } = this.turn
    const text = JSON.stringify(body)
    const hasResult = /"tool_result"|"role":"tool"|"function_call_output"|"functionResponse"/.test(
      text,
    )
    if (shell === undefined) return { text: finalText }
    if (!hasResult) return { tool: shell.name, input: shell.input(command) }
    // mini-SWE-agent takes no text for an end.
    const isMini = text.includes(SUBMIT)
    return isMini ? { tool: shell.name, input: { command: `echo ${SUBMIT}` } } : { text: finalText }
  }
}

const SUBMIT = 'COMPLETE_TASK_AND_SUBMIT_FINAL_OUTPUT'

const SHELLS: readonly { name: string; input: (command: string) => Body }[] = [
  { name: 'exec_command', input: (cmd) => ({ cmd }) },
  { name: 'shell', input: (command) => ({ command: ['bash', '-c', command] }) },
  { name: 'run_shell_command', input: (command) => ({ command, description: 'write a file' }) },
  { name: 'Bash', input: (command) => ({ command, description: 'write a file' }) },
  { name: 'terminal', input: (command) => ({ command }) },
  { name: 'bash', input: (command) => ({ command, description: 'write a file' }) },
]

function toolNames(body: Body): string[] {
  const tools = Array.isArray(body.tools) ? (body.tools as Body[]) : []
  return tools.flatMap((tool) => {
    const declared = tool.functionDeclarations as Body[] | undefined
    const named = (tool.function as Body | undefined)?.name ?? tool.name
    return declared === undefined ? [String(named)] : declared.map(({ name }) => String(name))
  })
}

function keyOf({ headers }: IncomingMessage): string {
  const bearer = headers.authorization?.replace(/^Bearer /, '')
  return String(headers['x-api-key'] ?? headers['x-goog-api-key'] ?? bearer ?? '')
}

interface About {
  readonly id: string
  readonly model: string
  readonly stream: boolean
}

interface ScriptedDialect {
  readonly paths: RegExp
  write(response: ServerResponse, answer: Answer, about: About): void
}

function sendJson(response: ServerResponse, body: unknown): void {
  response.writeHead(200, { 'content-type': 'application/json' })
  response.end(JSON.stringify(body))
}

function sendEvents(response: ServerResponse, events: readonly Body[], end = ''): void {
  response.writeHead(200, { 'content-type': 'text/event-stream' })
  for (const event of events) {
    const name = typeof event.type === 'string' ? `event: ${event.type}\n` : ''
    response.write(`${name}data: ${JSON.stringify(event)}\n\n`)
  }
  response.end(end)
}

const anthropic: ScriptedDialect = {
  paths: /\/v1\/messages$/,
  write(response, answer, { id, model, stream }) {
    const isTool = 'tool' in answer
    const block = isTool
      ? { type: 'tool_use', id, name: answer.tool, input: answer.input }
      : { type: 'text', text: answer.text }
    const stop_reason = isTool ? 'tool_use' : 'end_turn'
    const usage = { input_tokens: 10, output_tokens: 5 }
    const message = { id: `msg_${id}`, type: 'message', role: 'assistant', model, usage }
    if (!stream) {
      sendJson(response, { ...message, content: [block], stop_reason, stop_sequence: null })
      return
    }
    const start = isTool ? { ...block, input: {} } : { ...block, text: '' }
    const delta = isTool
      ? { type: 'input_json_delta', partial_json: JSON.stringify(answer.input) }
      : { type: 'text_delta', text: answer.text }
    sendEvents(response, [
      { type: 'message_start', message: { ...message, content: [], stop_reason: null } },
      { type: 'content_block_start', index: 0, content_block: start },
      { type: 'content_block_delta', index: 0, delta },
      { type: 'content_block_stop', index: 0 },
      { type: 'message_delta', delta: { stop_reason, stop_sequence: null }, usage },
      { type: 'message_stop' },
    ])
  },
}

const chat: ScriptedDialect = {
  paths: /\/chat\/completions$/,
  write(response, answer, { id, model, stream }) {
    const isTool = 'tool' in answer
    const message = isTool
      ? {
          content: null,
          tool_calls: [{ index: 0, id, type: 'function', function: called(answer) }],
        }
      : { content: answer.text }
    const finish_reason = isTool ? 'tool_calls' : 'stop'
    const usage = { prompt_tokens: 10, completion_tokens: 5, total_tokens: 15 }
    const about = { id: `chatcmpl-${id}`, created: 1, model }
    const whole = { index: 0, finish_reason }
    if (!stream) {
      const choices = [{ ...whole, message: { role: 'assistant', ...message } }]
      sendJson(response, { ...about, object: 'chat.completion', choices, usage })
      return
    }
    const chunk = { ...about, object: 'chat.completion.chunk' }
    const delta = { role: 'assistant', ...message }
    sendEvents(
      response,
      [
        { ...chunk, choices: [{ index: 0, delta, finish_reason: null }] },
        { ...chunk, choices: [{ ...whole, delta: {} }] },
        { ...chunk, choices: [], usage },
      ],
      'data: [DONE]\n\n',
    )
  },
}

const called = ({ tool, input }: { tool: string; input: Body }) => ({
  name: tool,
  arguments: JSON.stringify(input),
})

const responses: ScriptedDialect = {
  paths: /\/responses$/,
  write(response, answer, { id, model, stream }) {
    const item =
      'tool' in answer
        ? { type: 'function_call', id: `fc_${id}`, call_id: id, ...called(answer) }
        : {
            type: 'message',
            id: `msg_${id}`,
            role: 'assistant',
            content: [{ type: 'output_text', text: answer.text, annotations: [] }],
          }
    const done = { ...item, status: 'completed' }
    const usage = { input_tokens: 10, output_tokens: 5, total_tokens: 15 }
    const about = { id: `resp_${id}`, object: 'response', created_at: 1, model }
    const completed = { ...about, status: 'completed', output: [done], usage }
    if (!stream) {
      sendJson(response, completed)
      return
    }
    const events: Body[] = [
      { type: 'response.created', response: { ...about, status: 'in_progress', output: [] } },
      { type: 'response.output_item.added', output_index: 0, item },
      { type: 'response.output_item.done', output_index: 0, item: done },
      { type: 'response.completed', response: completed },
    ]
    sendEvents(
      response,
      events.map((event, index) => ({ ...event, sequence_number: index })),
    )
  },
}

const gemini: ScriptedDialect = {
  paths: /:(streamGenerateContent|generateContent)$/,
  write(response, answer, { model, stream }) {
    const part =
      'tool' in answer
        ? { functionCall: { name: answer.tool, args: answer.input } }
        : { text: answer.text }
    const body = {
      candidates: [{ index: 0, content: { role: 'model', parts: [part] }, finishReason: 'STOP' }],
      usageMetadata: { promptTokenCount: 10, candidatesTokenCount: 5, totalTokenCount: 15 },
      modelVersion: model,
    }
    if (stream) sendEvents(response, [body])
    else sendJson(response, body)
  },
}

const DIALECTS = [anthropic, chat, responses, gemini]

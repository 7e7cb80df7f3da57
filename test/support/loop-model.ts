import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { json } from 'node:stream/consumers'

/** What a model answers, or how it fails. */
export type Reply =
  | {
      readonly text?: string
      readonly calls?: readonly { readonly tool: string; readonly input: unknown }[]
      readonly finish?: 'length' | 'content_filter'
      /** As the provider counts the prompt; 10 by default. */
      readonly promptTokens?: number
    }
  | { readonly status: number; readonly message: string }
  /** The connection ends in the middle of the answer. */
  | 'cut'
  /** No answer comes. */
  | 'silence'

export interface ChatMessage {
  readonly role: string
  readonly content: unknown
  readonly tool_calls?: readonly { readonly function: { readonly name: string } }[]
}

export interface ChatRequest {
  readonly model: string
  readonly messages: readonly ChatMessage[]
  readonly tools?: readonly { readonly function: { readonly name: string } }[]
  readonly [field: string]: unknown
}

export interface LoopModel extends AsyncDisposable {
  readonly url: string
  readonly requests: readonly ChatRequest[]
}

/** A model of the chat dialect that streams what `reply` says; asked with the call's number from 0. */
export async function startLoopModel(
  reply: (request: ChatRequest, call: number) => Reply,
): Promise<LoopModel> {
  const requests: ChatRequest[] = []
  const server = createServer((request, response) => {
    void answer(request, response)
  })
  const answer = async (incoming: IncomingMessage, response: ServerResponse) => {
    const request = (await json(incoming)) as ChatRequest
    requests.push(request)
    write(reply(request, requests.length - 1), response)
  }
  server.listen(0, '127.0.0.1')
  await new Promise((resolve) => server.once('listening', resolve))
  const { port } = server.address() as AddressInfo
  return {
    url: `http://127.0.0.1:${port}`,
    requests,
    async [Symbol.asyncDispose]() {
      server.closeAllConnections()
      await new Promise((resolve) => server.close(resolve))
    },
  }
}

function write(reply: Reply, response: ServerResponse): void {
  if (reply === 'silence') return
  if (reply !== 'cut' && 'status' in reply) {
    response.writeHead(reply.status, { 'content-type': 'application/json' })
    response.end(JSON.stringify({ error: { message: reply.message, type: 'error' } }))
    return
  }
  response.writeHead(200, { 'content-type': 'text/event-stream' })
  const send = (choice: object, more: object = {}) => {
    const chunk = { id: 'x', object: 'chat.completion.chunk', created: 0, model: 'm' }
    const data = { ...chunk, choices: [{ index: 0, finish_reason: null, ...choice }], ...more }
    response.write(`data: ${JSON.stringify(data)}\n\n`)
  }
  if (reply === 'cut') {
    send({ delta: { role: 'assistant', content: 'half a sen' } })
    response.socket?.destroySoon()
    return
  }
  const { text, calls = [], finish, promptTokens = 10 } = reply
  if (text !== undefined) send({ delta: { role: 'assistant', content: text } })
  for (const [index, { tool, input }] of calls.entries()) {
    const written = typeof input === 'string' ? input : JSON.stringify(input)
    const call = { index, id: `call_${index}`, type: 'function' }
    send({ delta: { tool_calls: [{ ...call, function: { name: tool, arguments: written } }] } })
  }
  const reason = finish ?? (calls.length > 0 ? 'tool_calls' : 'stop')
  const usage = { prompt_tokens: promptTokens, completion_tokens: 5 }
  send({ delta: {}, finish_reason: reason }, { usage: { ...usage, total_tokens: 15 } })
  response.end('data: [DONE]\n\n')
}

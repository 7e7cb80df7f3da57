import type { z } from 'zod'
import { Failure } from '../../../../core/failure.ts'
import {
  type Conversation,
  outputOf,
  type ToolOutputContent,
  type UserParts,
} from '../conversation.ts'
import { argumentsOf } from '../read-body.ts'
import type { Translation } from '../translation.ts'
import { message } from './chat-body.ts'
import { userParts } from './chat-parts.ts'

export function addMessage(
  one: z.infer<typeof message>,
  path: string,
  talk: Conversation,
  translation: Translation,
): void {
  translation.loseOthers(one, Object.keys(message.shape), path)
  if (one.name && one.role !== 'tool') translation.carries(`${path}.name`)
  const pieces = typeof one.content === 'string' ? [textOf(one.content)] : (one.content ?? [])
  const parts = pieces.flatMap((part, index) =>
    userParts(part, `${path}.content[${index}]`, translation),
  )
  switch (one.role) {
    case 'system':
    case 'developer': {
      const texts = parts.flatMap((part) => (part.type === 'text' ? [part.text] : []))
      const mark = parts.findLast((part) => part.providerOptions !== undefined)?.providerOptions
      talk.system(texts.join('\n\n'), `${path}.role`, mark)
      return
    }
    case 'user':
      talk.user(parts)
      return
    case 'assistant':
      addAnswer(one, parts, path, talk, translation)
      return
    case 'tool': {
      if (one.tool_call_id === undefined) {
        throw new Failure('input.invalid', `${path}.tool_call_id: missing`)
      }
      const output: ToolOutputContent = parts
      const mark = parts.findLast((part) => part.providerOptions !== undefined)?.providerOptions
      const at = `${path}.tool_call_id`
      talk.toolResult(one.tool_call_id, outputOf(output, false), at, mark)
      return
    }
  }
}

function addAnswer(
  one: z.infer<typeof message>,
  parts: UserParts,
  path: string,
  talk: Conversation,
  translation: Translation,
): void {
  if (one.reasoning_content && translation.carries(`${path}.reasoning_content`)) {
    talk.assistant({ type: 'reasoning', text: one.reasoning_content })
  }
  for (const part of parts) if (part.type !== 'text' || part.text !== '') talk.assistant(part)
  if (one.refusal) talk.assistant({ type: 'text', text: one.refusal })
  for (const [index, call] of (one.tool_calls ?? []).entries()) {
    const at = `${path}.tool_calls[${index}]`
    if (call.custom !== undefined) {
      talk.toolCall(call.id, call.custom.name, { input: call.custom.input })
      continue
    }
    if (call.function === undefined) {
      throw new Failure('input.invalid', `${at}: neither a function's call nor a custom tool's`)
    }
    const { name, arguments: text } = call.function
    const input = argumentsOf(text)
    if (input === null) translation.lose(`${at}.function.arguments`)
    talk.toolCall(call.id, name, input ?? { invalid: text })
  }
}

function textOf(text: string) {
  return { type: 'text', text }
}

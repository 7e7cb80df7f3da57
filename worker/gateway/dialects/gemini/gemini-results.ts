import type { z } from 'zod'
import {
  type Conversation,
  outputOf,
  type ToolOutput,
  type ToolOutputContent,
} from '../conversation.ts'
import type { Translation } from '../translation.ts'
import type { functionResponse } from './gemini-body.ts'
import { mediaParts } from './gemini-media.ts'

export function addResponse(
  given: z.infer<typeof functionResponse>,
  path: string,
  talk: Conversation,
  translation: Translation,
  unanswered: { id: string; name: string }[],
): void {
  const at = unanswered.findIndex(({ id, name }) =>
    given.id ? id === given.id : name === given.name,
  )
  const id = given.id ?? unanswered[at]?.id ?? given.name
  if (at >= 0) unanswered.splice(at, 1)
  translation.loseOthers(given, ['id', 'name', 'response', 'parts'], `${path}.functionResponse`)
  const files: ToolOutputContent = (given.parts ?? []).flatMap((piece, index) =>
    mediaParts(piece, `${path}.functionResponse.parts[${index}]`, translation),
  )
  const output = outputOfResponse(given.response ?? {}, given.name)
  talk.toolResult(id, files.length === 0 ? output : withFiles(output, files), path)
}

/** A response that holds one text alone, under the names that clients use, is that text. */
function outputOfResponse(
  response: Record<string, z.core.util.JSONType>,
  name: string,
): ToolOutput {
  const { name: repeated, ...rest } = response
  const fields = repeated === name ? rest : response
  const [[key, value] = [], ...more] = Object.entries(fields)
  if (more.length > 0 || value === undefined) return { type: 'json', value: response }
  if (key === 'error') {
    return typeof value === 'string' ? { type: 'error-text', value } : { type: 'error-json', value }
  }
  const isPlain = key === 'output' || key === 'content' || key === 'result'
  if (!isPlain) return { type: 'json', value: response }
  return typeof value === 'string' ? { type: 'text', value } : { type: 'json', value }
}

function withFiles(output: ToolOutput, files: ToolOutputContent): ToolOutput {
  const value = 'value' in output ? output.value : ''
  const text = typeof value === 'string' ? value : JSON.stringify(value)
  return outputOf([{ type: 'text', text }, ...files], false)
}

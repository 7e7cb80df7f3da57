import { isTheirs, type ProviderMetadata, unseal } from '../carried-metadata.ts'
import { type Conversation, optionsOf, type UserParts } from '../conversation.ts'
import type { Translation } from '../translation.ts'
import { type Body, type Part, part } from './gemini-body.ts'
import { mediaOrText } from './gemini-media.ts'
import { addResponse } from './gemini-results.ts'

export function addSystem(
  instruction: Body['systemInstruction'],
  talk: Conversation,
  translation: Translation,
): void {
  if (instruction === null || instruction === undefined) return
  if (typeof instruction === 'string') {
    talk.system(instruction, 'systemInstruction')
    return
  }
  const texts = (instruction.parts ?? []).flatMap((piece, index) => {
    if (typeof piece.text === 'string') return [piece.text]
    translation.loseOthers(piece, [], `systemInstruction.parts[${index}]`)
    return []
  })
  if (texts.length > 0) talk.system(texts.join('\n\n'), 'systemInstruction')
}

export function addContents(
  given: Body['contents'],
  talk: Conversation,
  translation: Translation,
): void {
  // Gemini knows calls by name and order; ids may be missing on either side.
  const unanswered: { id: string; name: string }[] = []
  const list = Array.isArray(given) ? given : [given]
  list.forEach((content, at) => {
    const parts: UserParts = []
    const pieces = content.role === 'model' ? mergedThoughts(content.parts) : content.parts
    pieces?.forEach((piece, index) => {
      const path = `contents[${at}].parts[${index}]`
      translation.loseOthers(piece, Object.keys(part.shape), path)
      const call = piece.functionCall
      if (call) {
        const id = call.id ?? `call_${at}_${index}`
        unanswered.push({ id, name: call.name })
        talk.toolCall(id, call.name, call.args ?? {}, signatureOf(piece, path, translation))
      } else if (piece.functionResponse) {
        addResponse(piece.functionResponse, path, talk, translation, unanswered)
      } else if (content.role === 'model') {
        addAnswerPart(piece, path, talk, translation)
      } else {
        parts.push(...mediaOrText(piece, path, translation))
      }
    })
    talk.user(parts)
  })
}

/** A streamed thought comes back in pieces, its signature on any of them. */
function mergedThoughts(parts: readonly Part[] | null | undefined): Part[] {
  const merged: Part[] = []
  for (const piece of parts ?? []) {
    const last = merged.at(-1)
    if (piece.thought && last?.thought && !last.thoughtSignature) {
      merged[merged.length - 1] = {
        ...last,
        ...piece,
        text: `${last.text ?? ''}${piece.text ?? ''}`,
      }
    } else {
      merged.push(piece)
    }
  }
  return merged
}

function addAnswerPart(
  piece: Part,
  path: string,
  talk: Conversation,
  translation: Translation,
): void {
  if (piece.thought) {
    const metadata = signatureOf(piece, path, translation)
    const text = piece.text ?? ''
    const isKept = metadata !== undefined || (text !== '' && translation.carries(`${path}.text`))
    if (isKept) talk.assistant({ type: 'reasoning', text, ...optionsOf(metadata) })
    return
  }
  const options = optionsOf(signatureOf(piece, path, translation))
  for (const one of mediaOrText(piece, path, translation)) talk.assistant({ ...one, ...options })
}

/** What Google tells clients to send that have lost a signature. */
const NO_SIGNATURE = 'skip_thought_signature_validator'

/** What the other side wants to see again of what stands in a signature. */
function signatureOf(
  { thoughtSignature }: Part,
  path: string,
  translation: Translation,
): ProviderMetadata | undefined {
  if (!thoughtSignature || thoughtSignature === NO_SIGNATURE) return undefined
  const metadata = unseal(thoughtSignature) ?? { google: { thoughtSignature } }
  if (isTheirs(metadata, thoughtSignature, translation.to)) return metadata
  translation.carries(`${path}.thoughtSignature`)
  return undefined
}

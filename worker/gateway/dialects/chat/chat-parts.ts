import { z } from 'zod'
import { Failure } from '../../../../core/failure.ts'
import { optionsOf, type UserParts } from '../conversation.ts'
import { type FilePart, fileOfUrl, fileOrNote } from '../media.ts'
import { readBody } from '../read-body.ts'
import { given } from '../request-options.ts'
import type { Translation } from '../translation.ts'
import type { piece } from './chat-body.ts'

const text = z.looseObject({
  text: z.string(),
  cache_control: z.object({ type: z.literal('ephemeral'), ttl: z.string().optional() }).nullish(),
})

const image = z.looseObject({
  image_url: z.union([
    z.string(),
    z.looseObject({ url: z.string(), detail: z.string().nullish() }),
  ]),
})

const audio = z.looseObject({
  input_audio: z.looseObject({ data: z.string(), format: z.string() }),
})

const file = z.looseObject({
  file: z.looseObject({
    file_data: z.string().optional(),
    file_id: z.string().optional(),
    filename: z.string().optional(),
  }),
})

export function userParts(
  part: z.infer<typeof piece>,
  path: string,
  translation: Translation,
): UserParts {
  switch (part.type) {
    case 'text': {
      const { text: words, cache_control: mark } = readBody(text, part, path)
      translation.loseOthers(part, ['type', 'text', 'cache_control'], path)
      const isMarked = mark && translation.carries(`${path}.cache_control`)
      const options = isMarked ? { anthropic: { cacheControl: given(mark) } } : {}
      return [{ type: 'text', text: words, ...optionsOf(options) }]
    }
    case 'refusal':
      return [{ type: 'text', text: readBody(z.object({ refusal: z.string() }), part).refusal }]
    case 'image_url': {
      const { image_url: given } = readBody(image, part, path)
      const { url, detail } = typeof given === 'string' ? { url: given, detail: null } : given
      const isKept = detail && translation.carries(`${path}.image_url.detail`)
      const options = optionsOf(isKept ? { openai: { imageDetail: detail } } : {})
      return fileParts(fileOfUrl(url, 'image/jpeg'), `${path}.image_url`, translation).map(
        (one) => ({ ...one, ...options }),
      )
    }
    case 'input_audio': {
      const { data, format } = readBody(audio, part, path).input_audio
      const mediaType = format === 'mp3' ? 'audio/mpeg' : `audio/${format}`
      const sound: FilePart = { type: 'file', mediaType, data: { type: 'data', data } }
      return fileParts(sound, `${path}.input_audio`, translation)
    }
    case 'file': {
      const { file_data: url, file_id: id, filename } = readBody(file, part, path).file
      const found: FilePart | null =
        url !== undefined ? fileOfUrl(url, 'application/pdf') : referenceOf(id)
      const named = found !== null && filename !== undefined ? { ...found, filename } : found
      return fileParts(named, `${path}.file`, translation)
    }
    default:
      translation.lose(`${path}.type`)
      return []
  }
}

function referenceOf(id: string | undefined): FilePart | null {
  if (id === undefined) return null
  const data = { type: 'reference' as const, reference: { openai: id } }
  return { type: 'file', mediaType: 'application/pdf', data }
}

function fileParts(found: FilePart | null, path: string, translation: Translation): UserParts {
  if (found !== null) return [fileOrNote(found, path, translation)]
  throw new Failure('input.invalid', `${path}: neither a URL nor the id of a file`)
}

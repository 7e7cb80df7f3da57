import { z } from 'zod'
import { optionsOf, type UserParts } from '../conversation.ts'
import { type FilePart, fileOfUrl, fileOrNote } from '../media.ts'
import { readBody } from '../read-body.ts'
import type { Translation } from '../translation.ts'
import type { content, piece } from './responses-body.ts'

export function partsOf(
  pieces: z.infer<typeof content>,
  path: string,
  translation: Translation,
): UserParts {
  if (typeof pieces === 'string') return [{ type: 'text', text: pieces }]
  return pieces.flatMap((one, index) => partsOfPiece(one, `${path}[${index}]`, translation))
}

export const text = z.looseObject({ text: z.string() })

const media = z.looseObject({
  image_url: z.string().nullish(),
  file_url: z.string().nullish(),
  file_data: z.string().nullish(),
  file_id: z.string().nullish(),
  filename: z.string().nullish(),
  detail: z.string().nullish(),
})

function partsOfPiece(
  one: z.infer<typeof piece>,
  path: string,
  translation: Translation,
): UserParts {
  switch (one.type) {
    case 'input_text':
    case 'output_text':
      return [{ type: 'text', text: readBody(text, one, path).text }]
    case 'refusal':
      return [
        { type: 'text', text: readBody(z.object({ refusal: z.string() }), one, path).refusal },
      ]
    case 'input_image':
    case 'input_file': {
      const { filename, detail, ...rest } = readBody(media, one, path)
      const fallback = one.type === 'input_image' ? 'image/jpeg' : 'application/pdf'
      const found = fileOf(rest, fallback)
      if (found === null) {
        translation.lose(`${path}.type`)
        return []
      }
      const isDetailKept = detail && translation.carries(`${path}.detail`)
      const part = fileOrNote(
        filename ? { ...found.file, filename } : found.file,
        `${path}.${found.field}`,
        translation,
      )
      const options = optionsOf(isDetailKept ? { openai: { imageDetail: detail } } : {})
      return [{ ...part, ...options }]
    }
    default:
      translation.lose(`${path}.type`)
      return []
  }
}

function fileOf(
  { image_url, file_data, file_url, file_id }: z.infer<typeof media>,
  fallbackType: string,
): { field: string; file: FilePart } | null {
  const byUrl = { image_url, file_data, file_url }
  for (const [field, url] of Object.entries(byUrl)) {
    const file = url ? fileOfUrl(url, fallbackType) : null
    if (file !== null) return { field, file }
  }
  if (!file_id) return null
  const data = { type: 'reference' as const, reference: { openai: file_id } }
  return { field: 'file_id', file: { type: 'file', mediaType: fallbackType, data } }
}

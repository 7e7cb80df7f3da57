import type { LanguageModelV4FilePart } from '@ai-sdk/provider'
import type { DialectName } from '../../../core/model-call.ts'
import type { Translation } from './translation.ts'

export type FilePart = LanguageModelV4FilePart
type TextPart = { readonly type: 'text'; text: string }

/**
 * A file for the other side, or a note in its place when that has no way to take it.
 *
 * @param path of the field that holds the file; noted as lost when it is left out.
 */
export function fileOrNote(
  file: FilePart,
  path: string,
  { to, lose }: Pick<Translation, 'to' | 'lose'>,
): FilePart | TextPart {
  if (to === null || isTaken(file, to)) return file
  lose(path)
  return { type: 'text', text: `[${file.mediaType} left out: the model cannot be sent it]` }
}

/** Mirrors what the AI SDK's provider of a dialect converts without throwing. */
function isTaken({ data, mediaType }: FilePart, to: DialectName): boolean {
  if (data.type === 'reference') return false
  const isImage = mediaType.startsWith('image')
  const isPdf = mediaType === 'application/pdf'
  switch (to) {
    case 'anthropic-messages':
      return isImage || isPdf || mediaType === 'text/plain'
    case 'openai-chat':
      if (isImage) return true
      if (data.type !== 'data') return false
      return isPdf || ['audio/wav', 'audio/mp3', 'audio/mpeg'].includes(mediaType)
    case 'openai-responses':
      return isImage || (data.type === 'url' && !mediaType.startsWith('audio')) || isPdf
    case 'gemini':
      return true
  }
}

/** A file of a `data:` or a web URL; null when it is no URL at all. */
export function fileOfUrl(url: string, fallbackType: string): FilePart | null {
  const inline = /^data:([^;,]*)(?:;[^,]*)?;base64,(.*)$/s.exec(url)
  if (inline !== null) {
    const [, mediaType = '', data = ''] = inline
    return { type: 'file', mediaType: mediaType || fallbackType, data: { type: 'data', data } }
  }
  if (!URL.canParse(url)) return null
  const mediaType = mediaTypeOfName(new URL(url).pathname) ?? fallbackType
  return { type: 'file', mediaType, data: { type: 'url', url: new URL(url) } }
}

const MEDIA_TYPES: Readonly<Record<string, string>> = {
  png: 'image/png',
  jpg: 'image/jpeg',
  jpeg: 'image/jpeg',
  gif: 'image/gif',
  webp: 'image/webp',
  pdf: 'application/pdf',
  txt: 'text/plain',
}

function mediaTypeOfName(name: string): string | undefined {
  return MEDIA_TYPES[name.split('.').at(-1)?.toLowerCase() ?? '']
}

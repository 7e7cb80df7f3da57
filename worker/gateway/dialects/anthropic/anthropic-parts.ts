import type { SharedV4ProviderOptions } from '@ai-sdk/provider'
import { z } from 'zod'
import { optionsOf, type UserParts } from '../conversation.ts'
import { type FilePart, fileOfUrl, fileOrNote } from '../media.ts'
import { readBody } from '../read-body.ts'
import type { Translation } from '../translation.ts'
import { type block, type cacheControl, marked, source, textBlock } from './anthropic-body.ts'

/** A mark that the prompt may be cached up to here, for a provider that wants to be told. */
export function markOf(
  marks: { readonly cache_control?: z.infer<typeof cacheControl> | null | undefined },
  path: string,
  translation: Translation,
): SharedV4ProviderOptions | undefined {
  if (!marks.cache_control) return undefined
  if (!translation.carries(path === '' ? 'cache_control' : `${path}.cache_control`)) {
    return undefined
  }
  const { type, ttl } = marks.cache_control
  return { anthropic: { cacheControl: ttl === undefined ? { type } : { type, ttl } } }
}

export function userParts(piece: z.infer<typeof block>, path: string, translation: Translation) {
  switch (piece.type) {
    case 'text': {
      const { text, ...rest } = readBody(textBlock, piece, path)
      translation.loseOthers(rest, ['type', 'cache_control'], path)
      return [{ type: 'text' as const, text, ...optionsOf(markOf(rest, path, translation)) }]
    }
    case 'image':
    case 'document': {
      const file = readBody(z.looseObject({ type: z.string(), source, ...marked }), piece, path)
      translation.loseOthers(file, ['type', 'source', 'cache_control'], path)
      const mark = optionsOf(markOf(file, path, translation))
      return partsOfSource(file, path, translation).map((part) => ({ ...part, ...mark }))
    }
    default:
      translation.lose(`${path}.type`)
      return []
  }
}

function partsOfSource(
  file: { readonly type: string; readonly source: z.infer<typeof source> },
  path: string,
  translation: Translation,
): UserParts {
  const at = `${path}.source`
  const fallback = file.type === 'image' ? 'image/jpeg' : 'application/pdf'
  switch (file.source.type) {
    case 'text':
      return [{ type: 'text', text: file.source.data }]
    case 'content': {
      const { content: inner } = file.source
      if (typeof inner === 'string') return [{ type: 'text', text: inner }]
      return inner.flatMap((piece, index) =>
        userParts(piece, `${at}.content[${index}]`, translation),
      )
    }
    case 'base64': {
      const { media_type: mediaType, data } = file.source
      return [
        fileOrNote({ type: 'file', mediaType, data: { type: 'data', data } }, at, translation),
      ]
    }
    case 'url': {
      const part = fileOfUrl(file.source.url, fallback)
      if (part !== null) return [fileOrNote(part, at, translation)]
      translation.lose(at)
      return []
    }
    case 'file': {
      const reference = { anthropic: file.source.file_id }
      const part: FilePart = {
        type: 'file',
        mediaType: fallback,
        data: { type: 'reference', reference },
      }
      return [fileOrNote(part, at, translation)]
    }
  }
}

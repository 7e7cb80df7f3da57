import type { UserParts } from '../conversation.ts'
import { type FilePart, fileOfUrl, fileOrNote } from '../media.ts'
import type { Translation } from '../translation.ts'
import type { Part } from './gemini-body.ts'

export function mediaOrText(piece: Part, path: string, translation: Translation): UserParts {
  if (typeof piece.text === 'string') {
    return piece.text === '' && !piece.thoughtSignature ? [] : [{ type: 'text', text: piece.text }]
  }
  return mediaParts(piece, path, translation)
}

export function mediaParts(
  piece: Pick<Part, 'inlineData' | 'fileData'>,
  path: string,
  translation: Translation,
): UserParts {
  if (piece.inlineData) {
    const { mimeType: mediaType, data } = piece.inlineData
    const file: FilePart = { type: 'file', mediaType, data: { type: 'data', data } }
    return [fileOrNote(file, `${path}.inlineData`, translation)]
  }
  if (piece.fileData) {
    const { mimeType, fileUri } = piece.fileData
    const type = mimeType ?? 'application/octet-stream'
    const found = isVendorFile(fileUri) ? null : fileOfUrl(fileUri, type)
    const file: FilePart = found
      ? { ...found, mediaType: type }
      : {
          type: 'file',
          mediaType: type,
          data: { type: 'reference', reference: { google: fileUri } },
        }
    return [fileOrNote(file, `${path}.fileData`, translation)]
  }
  return []
}

/** A file that only Google can read, although it looks like any URL. */
function isVendorFile(uri: string): boolean {
  return uri.includes('generativelanguage.googleapis.com') || uri.startsWith('gs:')
}

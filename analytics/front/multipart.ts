import { EngineException } from './engine-exception.ts'

/**
 * Fields of a `multipart/form-data` body by name, as latin1 text. Clients send query parameters
 * that are too long for a URL this way.
 *
 * @throws EngineException BAD_ARGUMENTS for a body that is not what its type says, NOT_IMPLEMENTED
 * for files: a server makes external tables of them, which the embedded engine cannot.
 * @see RFC 7578.
 */
export function multipartFields(contentType: string, body: Buffer): Map<string, string> {
  const boundary = /;\s*boundary=(?:"([^"]+)"|([^\s;]+))/i.exec(contentType)
  const name = boundary?.[1] ?? boundary?.[2]
  if (name === undefined) throw malformed('has no boundary')
  const fields = new Map<string, string>()
  const text = `\r\n${body.toString('latin1')}`
  const parts = text.split(`\r\n--${name}`).slice(1)
  if (!parts.at(-1)?.startsWith('--')) throw malformed('does not end with its boundary')
  for (const part of parts.slice(0, -1)) {
    const gap = part.indexOf('\r\n\r\n')
    const head = part.slice(0, gap)
    const field = /content-disposition:[^\n]*?[;\s]name="([^"]*)"/i.exec(head)?.[1]
    if (gap === -1 || field === undefined) throw malformed('has a part without a name')
    if (/;\s*filename=/i.test(head)) {
      const message =
        'External tables in a multipart body are not supported by the embedded engine.'
      throw EngineException.raise('NOT_IMPLEMENTED', message)
    }
    fields.set(field, part.slice(gap + 4))
  }
  return fields
}

function malformed(what: string): EngineException {
  return EngineException.raise('BAD_ARGUMENTS', `The multipart body ${what}.`)
}

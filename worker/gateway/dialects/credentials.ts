export type RequestHeaders = Readonly<Record<string, string | string[] | undefined>>

/** The first value of a header, whose name is in lower case; null for none. */
export function headerOf(headers: RequestHeaders, name: string): string | null {
  const value = headers[name]
  const first = Array.isArray(value) ? value[0] : value
  return first === undefined || first.trim() === '' ? null : first.trim()
}

/** The token of `Authorization: Bearer …`. */
export function bearerOf(headers: RequestHeaders): string | null {
  const match = /^Bearer\s+(\S+)$/i.exec(headerOf(headers, 'authorization') ?? '')
  return match?.[1] ?? null
}

/** A request's path and what its query says. */
export function pathAndQuery(path: string): { path: string; query: URLSearchParams } {
  const [plain = '', query = ''] = path.split('?', 2)
  return { path: plain, query: new URLSearchParams(query) }
}

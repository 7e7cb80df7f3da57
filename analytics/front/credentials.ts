import { createHash, timingSafeEqual } from 'node:crypto'
import type { IncomingHttpHeaders } from 'node:http'
import { EngineException } from './engine-exception.ts'

/** What a user may do: `writer` everything, `reader` queries within limits. */
export type Role = 'writer' | 'reader'

export interface User {
  readonly name: string
  readonly role: Role
  /** Empty: no password is needed, and none is accepted. */
  readonly password: string
}

/**
 * Who asks, by the three ways a ClickHouse server knows: `X-ClickHouse-User` and `-Key` headers,
 * Basic authorization, or `user` and `password` in the URL; without any of them, `default`.
 *
 * @throws EngineException AUTHENTICATION_FAILED, which never tells whether the user exists, or
 * REQUIRED_PASSWORD, to which browsers react by asking for one.
 */
export function authenticate(
  headers: IncomingHttpHeaders,
  url: URLSearchParams,
  users: readonly User[],
): User {
  const given = credentialsOf(headers, url)
  const user = users.find(({ name }) => name === given.name)
  const matches = sameText(given.password, user?.password ?? '')
  if (user !== undefined && matches) return user
  if (given.implicit) {
    const message = `${given.name}: Authentication failed: a password is required.`
    throw EngineException.raise('REQUIRED_PASSWORD', message)
  }
  const message =
    `${given.name}: Authentication failed: password is incorrect, ` +
    'or there is no user with such name.'
  throw EngineException.raise('AUTHENTICATION_FAILED', message)
}

interface Given {
  readonly name: string
  readonly password: string
  /** Nobody named a user. */
  readonly implicit: boolean
}

function credentialsOf(headers: IncomingHttpHeaders, url: URLSearchParams): Given {
  const [user, key] = [headers['x-clickhouse-user'], headers['x-clickhouse-key']]
  if (user !== undefined || key !== undefined) {
    return { name: single(user) || 'default', password: single(key), implicit: false }
  }
  const authorization = headers.authorization
  if (authorization !== undefined) return basic(authorization)
  const name = url.get('user')
  const password = url.get('password')
  const implicit = name === null && password === null
  return { name: name || 'default', password: password ?? '', implicit }
}

function basic(authorization: string): Given {
  const encoded = /^Basic\s+(\S+)$/i.exec(authorization)?.[1]
  if (encoded === undefined) {
    const message = 'Only Basic authorization is known here, no other scheme.'
    throw EngineException.raise('AUTHENTICATION_FAILED', message)
  }
  const text = Buffer.from(encoded, 'base64').toString()
  const colon = text.indexOf(':')
  const name = colon === -1 ? text : text.slice(0, colon)
  const password = colon === -1 ? '' : text.slice(colon + 1)
  return { name: name || 'default', password, implicit: false }
}

function single(value: string | string[] | undefined): string {
  return (Array.isArray(value) ? value[0] : value) ?? ''
}

function sameText(given: string, expected: string): boolean {
  const digest = (text: string) => createHash('sha256').update(text).digest()
  return timingSafeEqual(digest(given), digest(expected))
}

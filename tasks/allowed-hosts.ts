import { isIP } from 'node:net'

const LABEL = /^[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$/i

/**
 * Why an entry of `allowed_hosts` is not one, or null when it is: an exact host name, a host name
 * behind a leading `*.`, an IPv4 or IPv6 address, or a CIDR block. No scheme, port or path.
 *
 * @see Harbor's network policy page, schema 1.4.
 */
export function allowedHostMistake(entry: string): string | null {
  if (entry.includes('://')) return 'leave the scheme out: a host name, address or CIDR block'
  const [address = '', prefix, ...rest] = entry.split('/')
  const family = isIP(address)
  if (prefix !== undefined) {
    if (family === 0) return 'leave the path out: a host name, address or CIDR block'
    const bits = /^\d{1,3}$/.test(prefix) ? Number(prefix) : Number.NaN
    const valid = rest.length === 0 && bits <= (family === 4 ? 32 : 128)
    return valid ? null : `the prefix of a CIDR block is 0 to ${family === 4 ? 32 : 128}`
  }
  if (family !== 0) return null
  if (/:\d+$/.test(entry)) return 'leave the port out: a host name, address or CIDR block'
  const host = entry.startsWith('*.') ? entry.slice(2) : entry
  if (host.includes('*')) return 'a wildcard stands only in front: *.example.com'
  const labels = host.split('.')
  const valid = host.length <= 253 && labels.every((label) => LABEL.test(label))
  if (!valid) return 'not a host name, address or CIDR block'
  return labels.every((label) => /^\d+$/.test(label)) ? 'not a complete IPv4 address' : null
}

import { Failure } from '../core/failure.ts'

/** A network of 8 addresses: its own, the gateway, broadcast, and room for containers. */
const PREFIX = 29
const SIZE = 2 ** (32 - PREFIX)

/**
 * Hands out small IPv4 networks of one large block. Docker's own pools hold about 30 networks; a
 * /16 holds 8,192 of these. It goes around, so that a network just given back is not the next one.
 */
export class SubnetPool {
  readonly #base: number
  readonly #count: number
  readonly #taken = new Set<number>()
  #next: number

  /**
   * @param block such as `10.201.0.0/16`.
   * @param start where to begin, as a fraction of the block: processes that share a daemon meet
   *   less often when they begin in different places.
   * @throws Failure `config.invalid` on anything but a private block of /8 to /29.
   */
  constructor(block: string, start = 0) {
    const { base, prefix } = parseBlock(block)
    this.#base = base
    this.#count = 2 ** (PREFIX - prefix)
    this.#next = Math.floor(start * this.#count)
  }

  /** @throws Failure `sandbox.start-failed` when all are in use. */
  take(): string {
    for (let tried = 0; tried < this.#count; tried += 1) {
      const index = (this.#next + tried) % this.#count
      if (this.#taken.has(index)) continue
      this.#taken.add(index)
      this.#next = index + 1
      return `${addressOf(this.#base + index * SIZE)}/${PREFIX}`
    }
    throw new Failure('sandbox.start-failed', 'Every subnet of the sandboxes is in use.', {
      facts: { subnets: this.#count },
    })
  }

  /** How many can be in use at once. */
  get size(): number {
    return this.#count
  }

  giveBack(subnet: string): void {
    const [address = ''] = subnet.split('/')
    this.#taken.delete((numberOf(address) - this.#base) / SIZE)
  }
}

const PRIVATE = [/^10\./, /^192\.168\./, /^172\.(1[6-9]|2\d|3[01])\./]

function parseBlock(block: string): { base: number; prefix: number } {
  const [, address = '', bits = ''] = /^(\d+\.\d+\.\d+\.\d+)\/(\d+)$/.exec(block) ?? []
  const prefix = Number(bits)
  const base = numberOf(address)
  const valid =
    prefix >= 8 &&
    prefix <= PREFIX &&
    base % 2 ** (32 - prefix) === 0 &&
    PRIVATE.some((pattern) => pattern.test(address)) &&
    addressOf(base) === address
  if (valid) return { base, prefix }
  const remedy = 'give a private IPv4 block of /8 to /29, such as 10.201.0.0/16'
  throw new Failure('config.invalid', `The sandboxes' subnets ${JSON.stringify(block)}: ${remedy}.`)
}

function numberOf(address: string): number {
  return address.split('.').reduce((sum, part) => sum * 256 + Number(part), 0)
}

function addressOf(number: number): string {
  return [24, 16, 8, 0].map((shift) => Math.floor(number / 2 ** shift) % 256).join('.')
}

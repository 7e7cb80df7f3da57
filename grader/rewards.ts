import { Failure } from '../core/failure.ts'

/** What a verifier wrote as its result. */
export interface Rewards {
  /** At least one; finite, not clamped. */
  readonly byKey: Readonly<Record<string, number>>
  readonly warnings: readonly string[]
}

/**
 * Reads a verifier's result as Harbor does: `reward.json`, or else `reward.txt`. Stricter in one
 * way: what is not a finite number is no result, since a NaN would pass through every mean.
 *
 * @param json,text contents of the two files; null when not there.
 * @throws Failure `verifier.failed` saying what is missing or wrong.
 */
export function readRewards(json: string | null, text: string | null): Rewards {
  if (json === null && text === null) {
    throw noVerdict('it wrote neither /logs/verifier/reward.json nor reward.txt')
  }
  if (json === null) return fromText(text ?? '')
  const rewards = fromJson(json)
  return text === null ? rewards : withDisagreement(rewards, text)
}

/** The score behind the rewards: the key `reward`, or else the mean of all. */
export function primaryReward({ byKey }: Rewards): number {
  const values = Object.values(byKey)
  return byKey.reward ?? values.reduce((sum, value) => sum + value, 0) / values.length
}

const NUMBER = /^[+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d+)?$/i

function fromText(text: string): Rewards {
  const trimmed = text.trim()
  if (trimmed === '') throw noVerdict('its reward.txt is empty')
  const value = NUMBER.test(trimmed) ? Number(trimmed) : Number.NaN
  if (!Number.isFinite(value)) {
    throw noVerdict(`its reward.txt is not a finite number: ${shown(trimmed)}`)
  }
  return { byKey: { reward: value }, warnings: [] }
}

function fromJson(json: string): Rewards {
  if (json.trim() === '') throw noVerdict('its reward.json is empty')
  const document = parse(json)
  if (typeof document === 'number') return { byKey: { reward: document }, warnings: [] }
  if (typeof document !== 'object' || document === null || Array.isArray(document)) {
    throw noVerdict(`its reward.json is no object of numbers: ${shown(json)}`)
  }
  const warnings: string[] = []
  const byKey = Object.entries(document).map(([key, value]) => {
    const number = numberOf(value)
    if (number === null) {
      throw noVerdict(
        `reward ${shown(key)} is not a finite number: ${shown(JSON.stringify(value))}`,
      )
    }
    if (typeof value !== 'number') warnings.push(`Reward ${shown(key)} was a ${typeof value}.`)
    return [key, number] as const
  })
  if (byKey.length === 0) throw noVerdict('its reward.json has no rewards')
  return { byKey: Object.fromEntries(byKey), warnings }
}

function parse(json: string): unknown {
  try {
    return JSON.parse(json)
  } catch (cause) {
    const why = /\b(NaN|Infinity)\b/.test(json) ? 'NaN and Infinity are no rewards' : 'not JSON'
    throw noVerdict(`its reward.json cannot be read (${why}): ${shown(json)}`, cause)
  }
}

function numberOf(value: unknown): number | null {
  if (typeof value === 'boolean') return value ? 1 : 0
  if (typeof value === 'string' && !NUMBER.test(value.trim())) return null
  if (typeof value !== 'number' && typeof value !== 'string') return null
  const number = Number(value)
  return Number.isFinite(number) ? number : null
}

/** Readers differ in which file they take, so a task that writes both has to write the same. */
function withDisagreement(rewards: Rewards, text: string): Rewards {
  const trimmed = text.trim()
  const other = NUMBER.test(trimmed) ? Number(trimmed) : null
  const own = primaryReward(rewards)
  if (other !== null && Math.abs(other - own) < 1e-9) return rewards
  const warning = `reward.txt says ${shown(trimmed)} and reward.json ${own}; reward.json counts.`
  return { ...rewards, warnings: [...rewards.warnings, warning] }
}

function noVerdict(why: string, cause?: unknown): Failure {
  return new Failure('verifier.failed', `The verifier gave no verdict: ${why}.`, { cause })
}

const shown = (text: string) => (text.length > 80 ? `${text.slice(0, 80)}…` : text)

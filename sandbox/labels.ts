import type { SandboxIdentity } from './sandbox.ts'

/**
 * Labels of everything that is made in a daemon, from its first moment, so that whoever looks later
 * can tell whose it is and whether it is stale.
 */
export const LABELS = {
  /** `sandbox`, `network`, `snapshot`, `task-image`, `runner` or `installation`. */
  kind: 'sbench.kind',
  /** The installation: several can share a daemon without touching each other's things. */
  owner: 'sbench.owner',
  sweep: 'sbench.sweep',
  trial: 'sbench.trial',
  attempt: 'sbench.attempt',
  node: 'sbench.node',
  boot: 'sbench.boot',
  role: 'sbench.role',
  /** Unix seconds after which anybody may remove it. */
  lease: 'sbench.lease',
  /** On snapshots: JSON of the system files that were changed; see `system-changes.ts`. */
  systemChanges: 'sbench.system-changes',
  /** On images of tasks: the digest of what they were built from. */
  source: 'sbench.source',
} as const

export type LabelledKind = 'sandbox' | 'network' | 'snapshot' | 'task-image'

export type Labels = Readonly<Record<string, string>>

export interface LabelOptions {
  readonly owner: string
  readonly identity: SandboxIdentity
  readonly leaseMs: number
}

export function labelsOf(
  kind: LabelledKind,
  { owner, identity, leaseMs }: LabelOptions,
): Record<string, string> {
  return {
    [LABELS.kind]: kind,
    [LABELS.owner]: owner,
    [LABELS.sweep]: identity.sweep,
    [LABELS.trial]: identity.trial,
    [LABELS.attempt]: String(identity.attempt),
    [LABELS.node]: identity.node,
    [LABELS.boot]: identity.boot,
    [LABELS.role]: identity.role,
    [LABELS.lease]: leaseLabel(leaseMs),
  }
}

export function leaseLabel(leaseMs: number): string {
  return String(Math.ceil((Date.now() + leaseMs) / 1_000))
}

/** Unix milliseconds; a lease that cannot be read never ends. */
export function leaseEnd(labels: Labels): number {
  const seconds = Number(labels[LABELS.lease])
  return Number.isInteger(seconds) && seconds > 0 ? seconds * 1_000 : Number.POSITIVE_INFINITY
}

/** The same for every try, so that Docker refuses a second container of one attempt and role. */
export function sandboxName({ trial, attempt, role }: SandboxIdentity): string {
  return `sbench-${trial.slice(0, 16)}-${attempt}-${role}`
}

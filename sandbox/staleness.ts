import { LABELS, type Labels, leaseEnd } from './labels.ts'

export interface Reaping {
  readonly owner: string
  readonly node: string
  readonly boot: string
  /** Whether this process is at work on that attempt, whichever process began it. */
  readonly isRunning: (trial: string, attempt: number) => boolean
  /** Unix milliseconds. */
  readonly nowMs: number
}

/**
 * Whether a thing with these labels may go: what an earlier process of this node left behind at
 * once, what this process made for an attempt that it is done with (the daemon was away when it was
 * to be removed), and anything else when its lease is over. Never what this process is at work on, never what
 * another installation made. A snapshot outlives the process that made it, since grading goes on
 * after a restart: for it only the lease counts.
 */
export function isStale(labels: Labels, { owner, node, boot, isRunning, nowMs }: Reaping): boolean {
  if (labels[LABELS.owner] !== owner) return false
  const mine = labels[LABELS.node] === node
  if (mine && isRunning(labels[LABELS.trial] ?? '', Number(labels[LABELS.attempt]))) return false
  if (leaseEnd(labels) < nowMs) return true
  if (!mine || labels[LABELS.kind] === 'snapshot') return false
  // What this process made for no attempt, such as a loopback to lend, it goes on to use.
  return labels[LABELS.boot] !== boot || labels[LABELS.trial] !== undefined
}

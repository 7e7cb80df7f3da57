import type Docker from 'dockerode'
import { dockerCall, statusOf, TIME_LIMITS } from './docker-call.ts'
import { LABELS, sandboxName } from './labels.ts'
import type { SandboxIdentity } from './sandbox.ts'

export interface Adoptable {
  readonly id: string
  /** As Docker tells it: `none`, `container:<id>` or the id of a network. */
  readonly networkMode: string
}

/**
 * The running container that an earlier process of this node made for the same attempt and role.
 * Labels cannot be changed, so that its own still name the earlier boot: what protects it from the
 * reaper is that this process is at work on the attempt, see `staleness.ts`.
 */
export async function adoptableContainer(
  docker: Docker,
  owner: string,
  identity: SandboxIdentity,
): Promise<Adoptable | null> {
  const { sweep, trial, attempt, node, role } = identity
  const wanted = {
    [LABELS.owner]: owner,
    [LABELS.sweep]: sweep,
    [LABELS.trial]: trial,
    [LABELS.attempt]: String(attempt),
    [LABELS.node]: node,
    [LABELS.role]: role,
  }
  try {
    const { Id, State, Config, HostConfig } = await dockerCall(
      'tell of a container',
      TIME_LIMITS.readMs,
      (abortSignal) => docker.getContainer(sandboxName(identity)).inspect({ abortSignal }),
    )
    const isSame = Object.entries(wanted).every(([name, value]) => Config.Labels[name] === value)
    if (!isSame || !State.Running) return null
    return { id: Id, networkMode: HostConfig.NetworkMode ?? 'none' }
  } catch (error) {
    if (statusOf(error) === 404) return null
    throw error
  }
}

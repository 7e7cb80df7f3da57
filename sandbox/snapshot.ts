import type Docker from 'dockerode'
import { z } from 'zod'
import { dockerCall, TIME_LIMITS } from './docker-call.ts'
import { LABELS, labelsOf, sandboxName } from './labels.ts'
import type { SandboxIdentity } from './sandbox.ts'
import {
  type FileChange,
  isUntouched,
  type SystemChanges,
  systemChanges,
} from './system-changes.ts'
import { readUpperLayer } from './upper-layer.ts'

export interface SnapshotOptions {
  readonly identity: SandboxIdentity
  readonly owner: string
  readonly leaseMs: number
  /** Nothing was run or put into it: there is no need to look. */
  readonly pristine: boolean
  /** Where volumes of ours were mounted: Docker makes the folders in the container's own files. */
  readonly mountPaths: readonly string[]
}

export interface Committed {
  /** The image's id. */
  readonly image: string
  /** What the container changed. */
  readonly changes: readonly FileChange[]
}

/**
 * The files of a stopped container as an image, or the id of its own image when they are the same.
 * The image carries which system files were changed, since nobody can ask later.
 */
export async function commitSnapshot(
  container: Docker.Container,
  { identity, owner, leaseMs, pristine, mountPaths }: SnapshotOptions,
): Promise<Committed> {
  const inspected = await dockerCall('tell of the container', TIME_LIMITS.readMs, (abortSignal) =>
    container.inspect({ abortSignal }),
  )
  if (pristine) return { image: inspected.Image, changes: [] }
  const changes = (await readUpperLayer(inspected)) ?? (await changesOf(container))
  if (isUntouched(changes, mountPaths)) return { image: inspected.Image, changes }
  const labels = {
    ...labelsOf('snapshot', { owner, identity, leaseMs }),
    [LABELS.systemChanges]: JSON.stringify(systemChanges(changes)),
  }
  const image = await dockerCall('commit the container', TIME_LIMITS.changeMs, (abortSignal) =>
    container.commit({
      _query: {
        container: container.id,
        pause: false,
        repo: 'sbench-snapshot',
        tag: sandboxName(identity),
      },
      _body: { Labels: labels },
      abortSignal,
    }),
  )
  return { image: committed.parse(image).Id, changes }
}

const committed = z.object({ Id: z.string() })
const changeList = z.array(z.object({ Path: z.string(), Kind: z.number() })).nullable()

async function changesOf(container: Docker.Container) {
  const changes = await dockerCall('list the changes', TIME_LIMITS.walkMs, (abortSignal) =>
    container.changes({ abortSignal }),
  )
  return changeList.parse(changes) ?? []
}

const changesLabel = z.object({ named: z.array(z.string()), more: z.number() })

/** What {@link commitSnapshot} noted; nothing for an image that is no snapshot. */
export function systemChangesIn(labels: Readonly<Record<string, string>>): SystemChanges {
  const text = labels[LABELS.systemChanges]
  return text === undefined ? { named: [], more: 0 } : changesLabel.parse(JSON.parse(text))
}

import type Docker from 'dockerode'
import { Failure } from '../core/failure.ts'
import { dockerCall, refusalOf, statusOf, TIME_LIMITS } from './docker-call.ts'
import { LABELS, leaseEnd } from './labels.ts'
import type { SandboxOptions } from './sandbox.ts'

/**
 * Processes of a container of ours that runs one program. runc's threads count too while it sets the
 * container up: with a handful it dies between "started" and the program, and Docker says nothing.
 */
export const HELPER_PIDS_LIMIT = 64

/**
 * Creates a container under its fixed name. One of that name that an earlier process of the same
 * node left, or whose lease is over, makes way; a live one does not.
 *
 * @param isHeld whether this process is at work in a container, whichever process made it. One that
 *   this process made and does not hold makes way too: it could not be removed when it should.
 */
export async function createContainer(
  docker: Docker,
  spec: Docker.ContainerCreateOptions,
  isHeld?: (id: string) => boolean,
): Promise<Docker.Container> {
  const create = () =>
    dockerCall('create a container', TIME_LIMITS.changeMs, (abortSignal) =>
      docker.createContainer({ ...spec, abortSignal }),
    )
  try {
    return await create()
  } catch (error) {
    if (statusOf(error) !== 409 || spec.name === undefined) throw error
    await removeStale(docker, { name: spec.name, wanted: spec.Labels ?? {}, isHeld })
    return await create()
  }
}

interface NameInUse {
  readonly name: string
  /** Labels of the container that is to have it. */
  readonly wanted: Readonly<Record<string, string>>
  readonly isHeld: ((id: string) => boolean) | undefined
}

/** @throws Failure `sandbox.start-failed` when it is not stale. */
async function removeStale(docker: Docker, { name, wanted, isHeld }: NameInUse): Promise<void> {
  const container = docker.getContainer(name)
  const { Id, Config } = await dockerCall(
    'tell of a container',
    TIME_LIMITS.readMs,
    (abortSignal) => container.inspect({ abortSignal }),
  )
  const { Labels: labels } = Config
  const sameOwner = labels[LABELS.owner] === wanted[LABELS.owner]
  const sameNode = labels[LABELS.node] === wanted[LABELS.node]
  const earlier = sameNode && labels[LABELS.boot] !== wanted[LABELS.boot]
  const forgotten = sameNode && isHeld !== undefined
  const isStale = earlier || forgotten || leaseEnd(labels) < Date.now()
  if (!sameOwner || !isStale || isHeld?.(Id) === true) {
    throw new Failure('sandbox.start-failed', `There is a container ${name} already, and in use.`, {
      facts: { name, node: labels[LABELS.node] ?? '', boot: labels[LABELS.boot] ?? '' },
    })
  }
  await removeContainer(container)
}

/** Removes a container, running or not; one that is gone or going is fine. */
export async function removeContainer(container: Docker.Container): Promise<void> {
  try {
    await dockerCall('remove a container', TIME_LIMITS.changeMs, (abortSignal) =>
      container.remove({ force: true, v: true, abortSignal }),
    )
  } catch (error) {
    const status = statusOf(error)
    if (status === 404 || (status === 409 && /in progress/.test(refusalOf(error)))) return
    throw error
  }
}

/** What Docker says when a sandbox cannot be started, in our words. */
export function startFailure(
  error: unknown,
  { image, identity }: Pick<SandboxOptions, 'image' | 'identity'>,
): unknown {
  if (error instanceof Failure || statusOf(error) === null) return error
  const { trial, attempt, role } = identity
  const facts = { trial, attempt, role, image }
  const missing = statusOf(error) === 404 && /no such image/i.test(refusalOf(error))
  return missing
    ? new Failure('image.not-found', `The node's Docker daemon has no image ${image}.`, {
        facts,
        cause: error,
      })
    : new Failure(
        'sandbox.start-failed',
        `Docker could not start the ${role}'s sandbox: ${refusalOf(error)}`,
        { facts, cause: error },
      )
}

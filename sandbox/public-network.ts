import type Docker from 'dockerode'
import { dockerCall, refusalOf, statusOf, TIME_LIMITS } from './docker-call.ts'
import { type LabelOptions, labelsOf, sandboxName } from './labels.ts'
import type { SubnetPool } from './subnet-pool.ts'

export interface PublicNetwork {
  readonly id: string
  readonly subnet: string
}

/**
 * A bridge for one sandbox alone, for tasks that need the internet: containers of different trials
 * cannot reach each other. What listens on all addresses of the host stays reachable through the
 * bridge's gateway, which only the host's own firewall can close (chain `INPUT`, from the pool).
 */
export async function createPublicNetwork(
  docker: Docker,
  subnets: SubnetPool,
  options: LabelOptions,
): Promise<PublicNetwork> {
  for (let attempt = 1; ; attempt += 1) {
    const subnet = subnets.take()
    try {
      const network = await dockerCall('make a network', TIME_LIMITS.changeMs, (abortSignal) =>
        docker.createNetwork({
          Name: sandboxName(options.identity),
          Driver: 'bridge',
          EnableIPv6: false,
          IPAM: { Driver: 'default', Config: [{ Subnet: subnet }] },
          Options: { 'com.docker.network.bridge.enable_icc': 'false' },
          Labels: labelsOf('network', options),
          abortSignal,
        }),
      )
      return { id: network.id, subnet }
    } catch (error) {
      // Another process of this daemon has that one: it stays taken here, and the next is tried.
      if (isOverlap(error) && attempt < subnets.size) continue
      subnets.giveBack(subnet)
      throw error
    }
  }
}

export async function removePublicNetwork(docker: Docker, id: string): Promise<void> {
  try {
    await dockerCall('remove a network', TIME_LIMITS.changeMs, (abortSignal) =>
      docker.getNetwork(id).remove({ abortSignal }),
    )
  } catch (error) {
    if (statusOf(error) !== 404) throw error
  }
}

function isOverlap(error: unknown): boolean {
  return statusOf(error) !== null && /overlap/i.test(refusalOf(error))
}

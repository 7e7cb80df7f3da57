import type { Trial } from '../coordinator/contract/sweep.ts'
import type { ImageFacts, SandboxOptions, SandboxVolume } from '../sandbox/sandbox.ts'
import { isOrdinary } from '../sandbox/user.ts'
import type { Task } from '../tasks/task.ts'
import type { AgentNeeds } from './agents/agent.ts'
import type { Node } from './node.ts'

const PIDS_LIMIT = 1_024
/** Where the model gateway answers inside of a sandbox. */
const GATEWAY_PORT = 4_747
export const GATEWAY_INSIDE = { port: GATEWAY_PORT, url: `http://127.0.0.1:${GATEWAY_PORT}` }
/** Beyond the agent's own time: boot, collecting, and a margin. */
const LEASE_MARGIN_MS = 30 * 60_000

export interface AgentSandbox {
  readonly trial: Trial
  readonly attempt: number
  readonly task: Task
  readonly image: ImageFacts
  /** What is installed for the agent. */
  readonly volumes: readonly SandboxVolume[]
  readonly needs: AgentNeeds
}

/** How an agent's sandbox is made. Capabilities are there only for what runs in it as root. */
export function sandboxOptions(
  { id, boot, gateway }: Pick<Node, 'id' | 'boot' | 'gateway'>,
  { trial, attempt, task, image, volumes, needs }: AgentSandbox,
): SandboxOptions {
  const { environment, agent } = task
  const { sweep } = trial
  return {
    identity: { sweep, trial: trial.trial, attempt, node: id, boot, role: 'agent' },
    image: image.id,
    cpus: environment.cpus,
    memoryMb: environment.memoryMb,
    largestFileMb: environment.storageMb,
    pidsLimit: PIDS_LIMIT,
    network: agent.networkMode === 'public' ? 'public' : 'none',
    reuseLoopback: isOrdinary(agent.user ?? image.user),
    env: environment.env,
    ...(environment.workdir === undefined ? {} : { workdir: environment.workdir }),
    capabilities: needsRoot(task, image) ? 'root-tools' : 'none',
    volumes,
    runner: needs.runner,
    ...(needs.gatewayInside
      ? { relay: { socketPath: gateway.socketPath, port: GATEWAY_INSIDE.port } }
      : {}),
    leaseMs: trial.task.agentTimeoutMs + trial.task.buildTimeoutMs + LEASE_MARGIN_MS,
  }
}

/** An ordinary agent has no capabilities either way; its task's own hooks may need root's. */
function needsRoot({ agent, environment, verifier }: Task, image: ImageFacts): boolean {
  const hasHooks = verifier.collect.length > 0 || environment.healthcheck !== undefined
  return hasHooks || !isOrdinary(agent.user ?? image.user)
}

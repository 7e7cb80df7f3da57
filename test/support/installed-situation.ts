import type { DockerHost } from '../../sandbox/docker-host.ts'
import type { Installations } from '../../sandbox/installations.ts'
import { sandboxOptions } from '../../sandbox/sandbox-fixture.ts'
import { TemporaryFolder } from '../../tasks/task-fixture.ts'
import type { AgentDefinition } from '../../worker/agents/installed/definition.ts'
import type { AgentSituation } from './agent-contract.ts'
import { agentRun, GATEWAY_PORT } from './agent-in-sandbox.ts'
import { ScriptedModel } from './scripted-model.ts'

export interface InstalledDoing {
  /** What the agent's model has it run first; then it says that it is done. */
  readonly shell: string
  /** The sandbox is gone before the agent begins. */
  readonly isLost?: boolean
}

/** An installed agent about to begin in a container without a network, with a scripted model in reach. */
export async function installedSituation(
  { host, installed }: { readonly host: DockerHost; readonly installed: Installations },
  { name, installation }: AgentDefinition,
  { shell, isLost = false }: InstalledDoing,
): Promise<AgentSituation & { readonly model: ScriptedModel }> {
  if (installation === null) throw new Error(`${name} has no installation`)
  const volume = await installed.ensure(installation)
  const folder = await TemporaryFolder.with({})
  const model = new ScriptedModel({ shell, finalText: 'It is done.' })
  const socketPath = folder.at('model.sock')
  await model.listen(socketPath)
  const sandbox = await host.start(
    sandboxOptions({
      memoryMb: 2_048,
      cpus: 2,
      pidsLimit: 1_024,
      volumes: [volume],
      relay: { socketPath, port: GATEWAY_PORT },
    }),
  )
  if (isLost) await host.docker.getContainer(sandbox.id).kill()
  return {
    run: agentRun({ agent: name, sandbox }),
    model,
    async [Symbol.asyncDispose]() {
      await sandbox[Symbol.asyncDispose]()
      await model[Symbol.asyncDispose]()
      await folder[Symbol.asyncDispose]()
    },
  }
}

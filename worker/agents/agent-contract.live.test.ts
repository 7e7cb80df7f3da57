import { afterAll, beforeAll } from 'vitest'
import { Failure } from '../../core/failure.ts'
import type { DockerHost } from '../../sandbox/docker-host.ts'
import { openTestHost, sandboxOptions } from '../../sandbox/sandbox-fixture.ts'
import { type AgentSituation, agentContract } from '../../test/support/agent-contract.ts'
import { madeRun, madeTask, plainAccess } from '../../test/support/agent-run.ts'
import { type Reply, startLoopModel } from '../../test/support/loop-model.ts'
import type { Agent } from './agent.ts'
import { agentNamed } from './agents.ts'
import { loopAgent } from './loop/loop-agent.ts'

let host: DockerHost
beforeAll(async () => {
  host = await openTestHost()
})
afterAll(() => host[Symbol.asyncDispose]())

interface Doing {
  readonly command: string
  readonly isLost?: boolean
}

/** The same work for whoever does it: a solution that the oracle runs, and a call of the loop's model. */
async function situation(
  agent: Agent,
  { command, isLost = false }: Doing,
): Promise<AgentSituation> {
  const { task, folder } = await madeTask({
    'solution/solve.sh': [`#!/bin/bash\n${command}\n`],
  })
  const call: Reply = { calls: [{ tool: 'bash', input: { command } }] }
  const model = await startLoopModel((_, asked) => (asked === 0 ? call : { text: 'done' }))
  const run = madeRun({ task, sandbox: none }, { access: plainAccess(model.url) })
  const files = await agent.files(run)
  const sandbox = await host.start(sandboxOptions(files === null ? {} : { files }))
  if (isLost) await host.docker.getContainer(sandbox.id).kill()
  return {
    run: { ...run, sandbox },
    async [Symbol.asyncDispose]() {
      await model[Symbol.asyncDispose]()
      await sandbox[Symbol.asyncDispose]()
      await folder[Symbol.asyncDispose]()
    },
  }
}

/** Until there is one: what an agent brings along is asked for before. */
const none = new Proxy({} as Awaited<ReturnType<DockerHost['start']>>, {
  get: () => {
    throw new Failure('sandbox.start-failed', 'There is no sandbox yet.')
  },
})

const oracle = agentNamed('oracle')
const nop = agentNamed('nop')
for (const [name, agent] of Object.entries({ oracle, loop: loopAgent() })) {
  agentContract({
    name,
    agent,
    ending: () => situation(agent, { command: 'echo done' }),
    endless: () => situation(agent, { command: 'sleep 43220' }),
    lost: () => situation(agent, { command: 'echo done', isLost: true }),
  })
}
agentContract({
  name: 'nop',
  agent: nop,
  ending: () => situation(nop, { command: 'echo done' }),
  endless: null,
  lost: null,
})

import { Failure } from '../../core/failure.ts'
import type { Sandbox } from '../../sandbox/sandbox.ts'
import { type AgentSituation, agentContract } from '../../test/support/agent-contract.ts'
import { madeRun, madeTask, plainAccess } from '../../test/support/agent-run.ts'
import { localSandbox } from '../../test/support/local-sandbox.ts'
import { type Reply, startLoopModel } from '../../test/support/loop-model.ts'
import { agentNamed } from './agents.ts'
import { loopAgent } from './loop/loop-agent.ts'

const bash = (command: string): Reply => ({
  text: 'So.',
  calls: [{ tool: 'bash', input: { command } }],
})

async function situation(
  first: Reply,
  sandboxIn: (workdir: string) => Sandbox = localSandbox,
): Promise<AgentSituation> {
  const { task, folder } = await madeTask()
  const sandbox = sandboxIn(folder.path)
  const model = await startLoopModel((_, call) => (call === 0 ? first : { text: 'done' }))
  return {
    run: madeRun({ task, sandbox }, { access: plainAccess(model.url) }),
    async [Symbol.asyncDispose]() {
      await model[Symbol.asyncDispose]()
      await sandbox[Symbol.asyncDispose]()
      await folder[Symbol.asyncDispose]()
    },
  }
}

const gone = (workdir: string): Sandbox => ({
  ...localSandbox(workdir),
  runner: () => Promise.reject(new Failure('sandbox.lost', 'The sandbox is gone.')),
})

agentContract({
  name: 'nop',
  agent: agentNamed('nop'),
  ending: () => situation({}),
  endless: null,
  lost: null,
})

agentContract({
  name: 'loop',
  agent: loopAgent(),
  ending: () => situation(bash('pwd')),
  endless: () => situation(bash('sleep 43219')),
  lost: () => situation(bash('pwd'), gone),
})

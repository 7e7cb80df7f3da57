import { afterAll, beforeAll } from 'vitest'
import type { DockerHost } from '../../../sandbox/docker-host.ts'
import { imageBuilds } from '../../../sandbox/image-builds.ts'
import { type Installations, installations } from '../../../sandbox/installations.ts'
import { openTestHostWithRunner } from '../../../sandbox/sandbox-fixture.ts'
import { agentContract } from '../../../test/support/agent-contract.ts'
import { installedSituation } from '../../../test/support/installed-situation.ts'
import { claudeCode } from './claude-code/claude-code.ts'
import { codex } from './codex/codex.ts'
import { installedAgent } from './installed-agent.ts'
import { miniSweAgent } from './mini-swe-agent/mini-swe-agent.ts'

const INSTALL_MS = 20 * 60_000

let host: DockerHost
let installed: Installations
beforeAll(async () => {
  host = await openTestHostWithRunner(process.env)
  installed = installations(host, imageBuilds(host, { environment: process.env }))
  for (const { installation } of [claudeCode, codex, miniSweAgent]) {
    if (installation !== null) await installed.ensure(installation)
  }
}, INSTALL_MS)
afterAll(() => host[Symbol.asyncDispose]())

/** A program for Node, one of its own, and one for Python. */
for (const definition of [claudeCode, codex, miniSweAgent]) {
  const situation = (shell: string, isLost = false) =>
    installedSituation({ host, installed }, definition, { shell, isLost })
  agentContract({
    name: definition.name,
    agent: installedAgent(definition),
    ending: () => situation('echo made'),
    endless: () => situation('sleep 43221'),
    lost: () => situation('echo made', true),
  })
}

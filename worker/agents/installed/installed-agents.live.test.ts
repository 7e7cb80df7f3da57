import { afterAll, beforeAll, expect, test } from 'vitest'
import type { DockerHost } from '../../../sandbox/docker-host.ts'
import { imageBuilds } from '../../../sandbox/image-builds.ts'
import { type Installations, installations } from '../../../sandbox/installations.ts'
import { openTestHostWithRunner } from '../../../sandbox/sandbox-fixture.ts'
import { runToEnd, TEST_KEY } from '../../../test/support/agent-in-sandbox.ts'
import { installedSituation } from '../../../test/support/installed-situation.ts'
import { installedAgent } from './installed-agent.ts'
import { INSTALLED_AGENTS } from './installed-agents.ts'

const MINUTES = 60_000
const THINKING = INSTALLED_AGENTS.filter(({ installation }) => installation !== null)

let host: DockerHost
let installed: Installations
beforeAll(async () => {
  host = await openTestHostWithRunner(process.env)
  installed = installations(host, imageBuilds(host, { environment: process.env }))
})
afterAll(() => host[Symbol.asyncDispose]())

test.each(THINKING.map((definition) => [definition.name, definition] as const))(
  '%s does a tool call and ends well in a container without a network',
  { timeout: 30 * MINUTES },
  async (name, definition) => {
    const shell = 'echo made >> made.txt; env > env.txt; cat made.txt'
    await using situation = await installedSituation({ host, installed }, definition, { shell })
    const { model, run } = situation
    const { sandbox } = run
    const began = performance.now()
    const { events, end } = await runToEnd(installedAgent(definition), run)
    const tookMs = Math.round(performance.now() - began)

    expect(end).toEqual({ outcome: 'scored', detail: '' })
    const within = { timeoutMs: 60_000 }
    const made = await sandbox.exec(['cat', '/srv/made.txt'], within)
    expect(made.stdout.text).toBe('made\n')
    const ofTools = events.filter(({ kind }) => kind.startsWith('tool-'))
    expect(ofTools[0]).toMatchObject({ kind: 'tool-call', turn: 1 })
    expect(ofTools[0]?.body).toContain('made.txt')
    expect(ofTools[1]).toMatchObject({ kind: 'tool-result', turn: 1 })
    expect(ofTools[1]?.body).toContain('made')
    if (name !== 'mini-swe-agent') {
      const last = events.findLast(({ kind }) => kind === 'message')
      expect(last).toMatchObject({ turn: 2, body: 'It is done.' })
    }
    expect(model.seen.map(({ key }) => key)).toEqual(model.seen.map(() => TEST_KEY))
    expect(JSON.stringify(model.seen[0]?.body)).toContain('Make the file.')

    const listed = await sandbox.exec(['ls', '-A', '/srv'], within)
    expect(listed.stdout.text).toBe('env.txt\nmade.txt\n')
    const variables = await sandbox.exec(['cat', '/srv/env.txt'], within)
    expect(variables.stdout.text).not.toMatch(/^(LD_|PYTHON|NODE_OPTIONS)/m)
    process.stderr.write(`${name}: ${tookMs} ms, ${model.seen.length} calls\n`)
  },
)

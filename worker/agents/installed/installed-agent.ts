import { randomUUID } from 'node:crypto'
import { z } from 'zod'
import { Failure } from '../../../core/failure.ts'
import type { CommandEnd, CommandRunner, RunningCommand } from '../../../sandbox/running-command.ts'
import type { Agent, AgentEnd, AgentRun, NewEvent } from '../agent.ts'
import { AgentLog } from './agent-log.ts'
import { BOOT_FAILED, bootScript } from './boot-script.ts'
import { followCommand } from './command-output.ts'
import type { AgentDefinition, AgentSetting } from './definition.ts'
import { LineReader } from './line-reader.ts'
import { type StopReason, watchForStop } from './stop.ts'

/** Not below /tmp, where Codex would not keep programs of its own; the task's files stay clean. */
const HOME = '/var/tmp/.sbench-agent'
const DETAIL_CHARACTERS = 500

const checkpointSchema = z.object({
  command: z.string(),
  /** It has all that it was to be told; before that it is not the agent yet. */
  told: z.boolean(),
  /** Bytes of its standard output that are events already, or the beginning of the next line. */
  read: z.number().int().nonnegative(),
  /** The beginning of the next line, base64. */
  rest: z.string(),
  log: z.unknown(),
})
type Saved = z.infer<typeof checkpointSchema>

/** An agent at work: its command, and how far its log has been read. */
interface Work {
  readonly command: RunningCommand
  readonly log: AgentLog
  readonly lines: LineReader
  read: number
}

/**
 * Runs an agent inside of the sandbox and makes events of its log. When the worker dies, the agent goes
 * on, and the next process of the node reads its log on from where this one stopped.
 */
export function installedAgent(definition: AgentDefinition): Agent {
  return {
    resumable: true,
    needs: { runner: true, gatewayInside: true, installation: definition.installation },
    async files() {
      return null
    },
    async *run(run) {
      const runner = await run.sandbox.runner()
      const earlier = await goOn(runner, run)
      if (earlier !== null) {
        yield { kind: 'note', body: `${definition.name} went on while its worker was away` }
      }
      const work = earlier ?? (await start(definition, { run, runner }))
      return yield* follow(definition, { run, work })
    },
  }
}

async function goOn(runner: CommandRunner, { checkpoint }: AgentRun): Promise<Work | null> {
  const state = await checkpoint.load()
  if (state === null || state === undefined) return null
  const saved = checkpointSchema.parse(state)
  const command = await runner.adopt(saved.command)
  if (!saved.told) {
    await command?.kill('SIGKILL')
    command?.abandon()
    return null
  }
  if (command === null) {
    throw new Failure('sandbox.lost', 'The agent is gone that an earlier process started.', {
      facts: { command: saved.command },
    })
  }
  const lines = new LineReader(Buffer.from(saved.rest, 'base64'))
  return { command, log: AgentLog.of(saved.log), lines, read: saved.read }
}

async function start(
  definition: AgentDefinition,
  { run, runner }: { run: AgentRun; runner: CommandRunner },
): Promise<Work> {
  const setting = settingOf(definition, run)
  const { command, env, files } = definition.start(setting)
  const script = bootScript(
    { command, files },
    {
      home: setting.home,
      instructionPath: setting.instructionPath,
      instruction: run.task.instruction,
      marker: `end-${randomUUID()}`,
    },
  )
  const { agent, environment } = run.task
  const started = await runner.start(['sh', '-s'], {
    env: { ...environment.env, ...env },
    ...(agent.user === undefined ? {} : { user: agent.user }),
    ...(environment.workdir === undefined ? {} : { workdir: environment.workdir }),
  })
  const work = { command: started, log: new AgentLog(), lines: new LineReader(), read: 0 }
  await run.checkpoint.save({ ...savedOf(work), told: false })
  await started.write(Buffer.from(script))
  await started.closeInput()
  await run.checkpoint.save(savedOf(work))
  return work
}

function settingOf({ name }: AgentDefinition, run: AgentRun): AgentSetting {
  const { access, gatewayUrl, mcp, trial, timeoutMs } = run
  const { modelFacts: facts, parameters, model } = trial.contestant
  if (model !== null && (access === null || gatewayUrl === null)) {
    throw new Failure('agent.start-failed', `${name} has no way to its model in the sandbox.`, {
      facts: { agent: name, model },
    })
  }
  const hasModel = access !== null && gatewayUrl !== null
  return {
    home: HOME,
    instructionPath: `${HOME}/instruction.md`,
    model: hasModel ? { url: gatewayUrl, key: access.key, name: access.model, facts } : null,
    parameters,
    mcp: mcp.flatMap(({ name, insideUrl, headers }) =>
      insideUrl === null ? [] : [{ name, url: insideUrl, headers }],
    ),
    timeoutMs,
  }
}

const savedOf = ({ command, log, lines, read }: Work): Saved => ({
  command: command.id,
  told: true,
  read,
  rest: Buffer.from(lines.rest).toString('base64'),
  log: log.state,
})

async function* follow(
  definition: AgentDefinition,
  { run, work }: { run: AgentRun; work: Work },
): AsyncGenerator<NewEvent, AgentEnd> {
  const { command, log, lines } = work
  const { maxTurns } = run.trial.contestant.parameters
  await using output = followCommand(command)
  using stop = watchForStop(command, { signal: run.signal, access: run.access })
  for await (const piece of newPieces(command, work.read)) {
    work.read += piece.length
    for (const line of lines.push(piece)) yield* eventsOf(line, { definition, log })
    await run.checkpoint.save(savedOf(work))
    if (maxTurns !== undefined && log.turns > maxTurns) stop.because('turns')
  }
  for (const line of lines.end()) yield* eventsOf(line, { definition, log })
  const end = await command.ended
  const errors = output.errors()
  if (errors !== '') yield { kind: 'output', body: errors, meta: { stream: 'stderr' } }
  return agentEnd({ run, log, end, errors, stopped: stop.reason, name: definition.name })
}

/** Its standard output without what is dealt with already, which an adopted command says again. */
async function* newPieces(command: RunningCommand, read: number): AsyncGenerator<Uint8Array> {
  let known = read - (command.adoptedAt?.stdout ?? read)
  for await (const piece of command.stdout) {
    const fresh = piece.subarray(Math.min(known, piece.length))
    known -= piece.length - fresh.length
    if (fresh.length > 0) yield fresh
  }
}

function eventsOf(
  line: string,
  { definition, log }: { definition: AgentDefinition; log: AgentLog },
): readonly NewEvent[] {
  const entry = objectOf(line)
  if (entry !== null) definition.read(entry, log)
  else if (line.trim() !== '') log.output(line, { stream: 'stdout' })
  return log.take()
}

const objectSchema = z.record(z.string(), z.unknown())

function objectOf(line: string): Record<string, unknown> | null {
  if (!line.startsWith('{')) return null
  try {
    return objectSchema.parse(JSON.parse(line))
  } catch {
    return null
  }
}

interface Ended {
  readonly name: string
  readonly run: AgentRun
  readonly log: AgentLog
  readonly end: CommandEnd
  readonly errors: string
  readonly stopped: StopReason | null
}

/** @throws Failure for what is not the agent's own doing. */
function agentEnd({ name, run, log, end, errors, stopped }: Ended): AgentEnd {
  const access = run.access?.ended
  const why = errors.trim().slice(-DETAIL_CHARACTERS)
  if (access?.kind === 'provider') throw new Failure('model.provider-failed', access.message)
  if (stopped === 'time') return { outcome: 'agent-timeout', detail: 'its time was over' }
  if (access?.kind === 'budget') return { outcome: 'budget', detail: access.message }
  if (stopped === 'turns') return { outcome: 'budget', detail: 'its turns were used up' }
  if (end.exitCode === BOOT_FAILED && log.turns === 0) {
    throw new Failure('agent.start-failed', `${name} could not be started: ${why}`, {
      facts: { agent: name },
    })
  }
  if ((end.exitCode === 126 || end.exitCode === 127) && log.turns === 0) {
    throw new Failure('agent.unsupported-image', `${name} does not run in this image: ${why}`, {
      facts: { agent: name, exitCode: end.exitCode },
    })
  }
  if (log.end !== null && log.end.outcome !== 'scored') return log.end
  if (end.exitCode === 0) return { outcome: 'scored', detail: '' }
  const how = end.signal === null ? `ended with ${end.exitCode}` : `was ended by ${end.signal}`
  const detail = `${name} ${how}${why === '' ? '' : `: ${why}`}`.slice(0, DETAIL_CHARACTERS)
  return { outcome: 'agent-error', detail }
}

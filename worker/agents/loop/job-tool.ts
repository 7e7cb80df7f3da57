import { z } from 'zod'
import { OUTPUT_BYTES, type ShellTools } from './bash-tool.ts'
import type { JobOutput } from './shell.ts'
import { failed, ok, type Tool, tool } from './tool.ts'

const MAX_WAIT_SECONDS = 600

export function jobTool({ shell, timeoutMs }: ShellTools): Tool {
  /** Bytes that the model has seen of each job; a new process shows them again. */
  const seen = new Map<string, number>()
  return tool({
    name: 'job',
    description: [
      'Looks after a background job of the tool bash. output: what it printed since you last asked',
      '(at most the last 30,000 bytes of it) and whether it still runs; with wait_seconds, it first',
      'waits that long for its end. interrupt: as Ctrl-C does. kill: ends it with all it started.',
    ].join(' '),
    input: z.strictObject({
      job: z.string().regex(/^job-[0-9-]+$/, 'the name that bash gave, such as job-3-0'),
      action: z.enum(['output', 'interrupt', 'kill']),
      wait_seconds: z.number().min(0).max(MAX_WAIT_SECONDS).optional(),
    }),
    lane: null,
    async run({ job, action, wait_seconds: wait = 0 }, { signal }) {
      if (action !== 'output') {
        const found = await shell.signal(job, action === 'kill' ? 'KILL' : 'INT', signal)
        if (found === 'unknown') return failed(`There is no ${job}.`)
        return ok(found === 'ended' ? `${job} had ended already.` : `${job} got its signal.`)
      }
      const waitMs = Math.min(wait * 1_000, timeoutMs)
      const output = await shell.read(job, {
        from: seen.get(job) ?? 0,
        waitMs,
        timeoutMs: waitMs + 30_000,
        outputLimitBytes: OUTPUT_BYTES,
        signal,
      })
      if (output.state === 'unknown') return failed(`There is no ${job}.`)
      seen.set(job, output.size)
      return ok(textOf(job, output), { droppedBytes: output.droppedBytes, state: output.state })
    },
  })
}

function textOf(job: string, { state, exitCode, text, droppedBytes }: JobOutput): string {
  const dropped = droppedBytes === 0 ? '' : `[${droppedBytes} bytes left out]\n`
  const gap = text === '' || text.endsWith('\n') ? '' : '\n'
  const end = state === 'exited' ? `ended with exit code ${exitCode}` : STATES[state]
  return `${dropped}${text}${gap}[${job} ${end}]`
}

const STATES = { running: 'still runs', killed: 'was killed', unknown: 'is unknown' } as const

import { z } from 'zod'
import { Failure } from '../../core/failure.ts'
import { command } from '../command.ts'
import { homeFolder } from '../home-folder.ts'
import { wholeNumber } from '../number-flag.ts'

export const logs = command({
  words: ['logs'],
  summary: "Show what the stack's processes logged.",
  details: 'Works without a running stack. With --follow and --json, one JSON document a line.',
  args: { part: { summary: 'a part that `sbench status` names; all when absent', optional: true } },
  flags: {
    follow: z.boolean().default(false).describe('go on with lines as they are written'),
    lines: wholeNumber(0, 10_000)
      .default(50)
      .meta({ description: 'how many of the last lines of each part', value: 'n' }),
  },
  examples: [
    { line: 'sbench logs worker --follow', does: 'watch what the worker says' },
    { line: 'sbench logs --lines 5', does: 'the last five lines of every part' },
  ],
  async run({ args, flags }, context) {
    const { loggedParts, stackLogs } = await import('../../deploy/local/stack-logs.ts')
    const home = homeFolder(flags, context)
    const parts = args.part === undefined ? await loggedParts(home) : [args.part]
    if (parts.length === 0) {
      throw new Failure('stack.not-running', `Nothing was logged in ${home}. Start it: sbench up`)
    }
    const { output } = context
    const shown = (part: string, line: string) => (parts.length > 1 ? `${part} | ${line}` : line)
    if (flags.follow) {
      using interrupt = context.catchInterrupt()
      const { signal } = interrupt
      const follow = async (part: string) => {
        for await (const line of stackLogs(home, part, {
          lines: flags.lines,
          follow: true,
          signal,
        })) {
          const text = output.json ? JSON.stringify({ part, line }) : shown(part, line)
          output.stdout.write(`${text}\n`)
        }
      }
      await Promise.all(parts.map(follow))
      return
    }
    const all: { part: string; line: string }[] = []
    for (const part of parts) {
      for await (const line of stackLogs(home, part, { lines: flags.lines }))
        all.push({ part, line })
    }
    output.answer(all, () => all.map(({ part, line }) => shown(part, line)).join('\n'))
  },
})

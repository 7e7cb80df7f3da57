import { z } from 'zod'
import { command } from '../command.ts'
import { homeFolder } from '../home-folder.ts'
import { wholeNumber } from '../number-flag.ts'
import { partsTable } from '../parts-table.ts'
import { addressFlags, installFlag } from '../stack-flags.ts'

export const up = command({
  words: ['up'],
  summary: 'Start the local stack, or find it running.',
  details: 'It runs on in the background until `sbench down`. Stopping and starting loses nothing.',
  args: {},
  flags: {
    install: installFlag,
    newPorts: z.boolean().default(false).describe('forget the remembered ports and choose others'),
    ...addressFlags,
    workers: wholeNumber(0, 64)
      .default(1)
      .meta({ description: 'worker processes on this machine; 0 needs no Docker', value: 'n' }),
  },
  examples: [
    { line: 'sbench up', does: 'start everything on this machine' },
    {
      line: 'sbench up --workers 0 --temporal temporal.internal:7233',
      does: 'a coordinator and a sink beside your own Temporal; workers join from elsewhere',
    },
  ],
  async run({ flags }, context) {
    const { up: bringUp } = await import('../../deploy/local/up.ts')
    const { install, newPorts, workers, temporal, nats, clickhouse } = flags
    const { output, environment } = context
    using interrupt = context.catchInterrupt()
    interrupt.signal.addEventListener('abort', () => output.say(STOPPING))
    const stack = await bringUp({
      install,
      newPorts,
      workers,
      environment,
      external: { temporal, nats, clickhouse },
      home: homeFolder(flags, context),
      say: (line) => output.say(line),
      signal: interrupt.signal,
    })
    output.answer(stack, () =>
      [
        stack.started ? `The stack is up in ${stack.home}.` : `The stack was up in ${stack.home}.`,
        ...partsTable(stack.parts, Date.now()),
        '',
        'Next: sbench run --suite starter --agent oracle,nop',
      ].join('\n'),
    )
  },
})

const STOPPING =
  'stopping what was started, once what is under way has ended; Ctrl-C again ends this at once'

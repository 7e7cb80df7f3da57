import { z } from 'zod'
import { command } from '../command.ts'
import { processEnvironment, processFlags } from '../process-flags.ts'

export const sink = command({
  words: ['sink'],
  summary: 'Run a sink, which writes events and results to ClickHouse, in this terminal.',
  details: '`sbench up` starts one by itself. What no flag says is read from the environment.',
  args: {},
  flags: {
    ...processFlags,
    coordinator: z.url().optional().meta({
      description: 'where plans are kept (SBENCH_COORDINATOR_URL)',
      value: 'url',
    }),
  },
  examples: [
    {
      line: 'sbench sink --temporal temporal:7233 --nats nats://nats:4222 --clickhouse http://clickhouse:8123 --coordinator http://coordinator:8780 --port 8781 --data /var/lib/sbench',
      does: 'one of the sinks of a cluster',
    },
  ],
  async run({ flags }, context) {
    const { runProcess } = await import('../run-process.ts')
    const env = { ...processEnvironment(flags), SBENCH_COORDINATOR_URL: flags.coordinator }
    await runProcess({ file: 'analytics/sink/main.ts', env }, context)
  },
})

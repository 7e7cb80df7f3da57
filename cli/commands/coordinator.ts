import { command } from '../command.ts'
import { processEnvironment, processFlags } from '../process-flags.ts'

export const coordinator = command({
  words: ['coordinator'],
  summary: 'Run a coordinator in this terminal.',
  details:
    '`sbench up` starts one by itself; this is for a cluster, where every process is run by hand ' +
    'or by an orchestrator. What no flag says is read from the environment.',
  args: {},
  flags: processFlags,
  examples: [
    {
      line: 'sbench coordinator --temporal temporal:7233 --nats nats://nats:4222 --clickhouse http://clickhouse:8123 --host 0.0.0.0 --port 8780 --data /var/lib/sbench',
      does: 'serve a cluster',
    },
  ],
  async run({ flags }, context) {
    const { runProcess } = await import('../run-process.ts')
    await runProcess({ file: 'coordinator/main.ts', env: processEnvironment(flags) }, context)
  },
})

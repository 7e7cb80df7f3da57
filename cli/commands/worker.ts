import { hostname } from 'node:os'
import { join } from 'node:path'
import { z } from 'zod'
import { command } from '../command.ts'
import { homeFolder } from '../home-folder.ts'
import { positiveNumber, wholeNumber } from '../number-flag.ts'

/** The local stack's own workers are `<host>-1`, `<host>-2`, …; this one is the host itself. */
const thisMachine = (): string => hostname().replaceAll(/[^A-Za-z0-9_-]/g, '-')

export const worker = command({
  words: ['worker'],
  summary: 'Run a worker node in this terminal; trials flow to it at once.',
  details:
    'Without --join it works for the stack of this machine. Ctrl-C drains it: what cannot end in ' +
    'time starts again elsewhere.',
  args: {},
  flags: {
    join: z.url().optional().meta({ description: "the farm's coordinator", value: 'url' }),
    node: z
      .string()
      .regex(/^[A-Za-z0-9_-]{1,60}$/, 'letters, digits, - and _, at most 60')
      .optional()
      .meta({ description: "its unique name in the fleet; else the machine's", value: 'name' }),
    cpus: positiveNumber()
      .optional()
      .meta({ description: 'cores that trials may reserve', value: 'n' }),
    memoryMb: positiveNumber()
      .optional()
      .meta({ description: 'memory that trials may reserve', value: 'n' }),
    artifactsMb: wholeNumber(0, 448).optional().meta({
      description: 'kept of what agent and verifier of a trial left; 0 is nothing (default: 32)',
      value: 'n',
    }),
    port: wholeNumber(0, 65_535)
      .default(0)
      .meta({ description: 'port of its operations page; 0 is any', value: 'n' }),
  },
  examples: [
    {
      line: 'sbench worker --join http://coordinator:8780 --node gpu-7',
      does: 'lend this machine to a farm',
    },
    { line: 'sbench worker --cpus 4 --memory-mb 8192', does: 'another worker for the local stack' },
  ],
  async run({ flags }, context) {
    const { node = thisMachine(), cpus, memoryMb, artifactsMb, port } = flags
    const home = homeFolder(flags, context)
    const { ownerOf } = await import('../../deploy/local/home.ts')
    const { modelsPath } = await import('../../models/config.ts')
    const { runProcess } = await import('../run-process.ts')
    const addresses = await addressesOf(flags.join, home)
    const env = {
      ...addresses,
      SBENCH_OWNER: ownerOf(home),
      SBENCH_MODELS: modelsPath(context.environment, home),
      SBENCH_NODE_ID: node,
      SBENCH_CPUS: cpus === undefined ? undefined : String(cpus),
      SBENCH_MEMORY_MB: memoryMb === undefined ? undefined : String(memoryMb),
      SBENCH_ARTIFACTS_MB: artifactsMb === undefined ? undefined : String(artifactsMb),
      SBENCH_HTTP_PORT: String(port),
      SBENCH_DATA: join(home, 'data', `node-${node}`),
    }
    await runProcess({ file: 'worker/main.ts', env }, context)
  },
})

async function addressesOf(coordinatorUrl: string | undefined, home: string) {
  if (coordinatorUrl !== undefined) {
    const { joinFarm } = await import('../join-farm.ts')
    const { temporal, nats } = await joinFarm(coordinatorUrl)
    return environmentOf(temporal, nats, coordinatorUrl)
  }
  const { readAddresses } = await import('../../deploy/local/stack.ts')
  const { temporal, nats, coordinator } = await readAddresses(home)
  return environmentOf(temporal, nats, coordinator)
}

const environmentOf = (temporal: string, nats: string, coordinator: string) => ({
  SBENCH_TEMPORAL_ADDRESS: temporal,
  SBENCH_NATS_URL: nats,
  SBENCH_COORDINATOR_URL: coordinator,
})

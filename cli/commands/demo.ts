import { Failure } from '../../core/failure.ts'
import { command } from '../command.ts'
import { homeFolder } from '../home-folder.ts'
import { installFlag } from '../stack-flags.ts'

export const demo = command({
  words: ['demo'],
  summary: 'Start the farm, run a small sweep on it, show its leaderboards, stop the farm.',
  details:
    'Needs no key: some of its agents run solutions, do nothing, cheat, or draw by chance; loop, ' +
    'claude-code and codex work for real, with a scripted model. The first run installs the latter ' +
    'two. The farm is stopped in any case, unless it ran before. The results stay in its folder.',
  args: {},
  flags: { install: installFlag },
  examples: [{ line: 'sbench demo', does: 'see everything work once' }],
  async run({ flags }, context) {
    const { leaderboardText } = await import('../../analytics/leaderboard-text.ts')
    const { down, stackStatus } = await import('../../deploy/local/stack.ts')
    const { up } = await import('../../deploy/local/up.ts')
    const { openFarm } = await import('../open-farm.ts')
    const { demoDocument, runDemo } = await import('../run-demo.ts')
    const { output, environment } = context
    const home = homeFolder(flags, context)
    const say = (line: string) => output.say(line)
    const ranBefore = (await stackStatus(home)).running
    let announced = ranBefore
    const announce = () => {
      if (!announced) say('stopping the stack')
      announced = true
    }
    const stop = async () => {
      announce()
      if (!ranBefore) await down(home)
    }
    using interrupt = context.catchInterrupt()
    const { signal } = interrupt
    const startedMs = performance.now()
    try {
      signal.addEventListener('abort', announce)
      const started = up({ install: flags.install, home, environment, say, signal })
      await started.catch((error: unknown) => {
        throw signal.aborted ? stopped() : error
      })
      if (signal.aborted) throw stopped()
      const setupSeconds = (performance.now() - startedMs) / 1_000
      say(`The stack is up after ${setupSeconds.toFixed(1)} s.`)
      await using farm = await openFarm(flags, context)
      const demonstrated = await runDemo(farm, output, signal)
      output.answer(demoDocument(demonstrated, setupSeconds), () =>
        ['', leaderboardText(demonstrated.boards)].join('\n'),
      )
    } finally {
      await stop()
    }
    if (!output.json) for (const line of NEXT) say(line)
  },
})

const stopped = (): Failure => new Failure('sweep.unfinished', 'The demo was stopped.')

const NEXT = [
  '',
  'Next:',
  '  sbench up                                             start the farm again; the results are there',
  '  sbench trial list latest                              every trial of the demo',
  '  sbench run --suite starter --agent oracle,sim/mid     a sweep of your own',
  '  sbench models list                                    models to give to agents; docs/models.md',
  '  sbench task new ./my-tasks/first                      a task of your own',
]

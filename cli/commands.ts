import type { Command } from './command.ts'
import { agentsBuild } from './commands/agents-build.ts'
import { agentsCheck } from './commands/agents-check.ts'
import { agentsList } from './commands/agents-list.ts'
import { analyze } from './commands/analyze.ts'
import { compare } from './commands/compare.ts'
import { completionOf } from './commands/completion.ts'
import { coordinator } from './commands/coordinator.ts'
import { demo } from './commands/demo.ts'
import { doctor } from './commands/doctor.ts'
import { down } from './commands/down.ts'
import { exportSweep } from './commands/export.ts'
import { health } from './commands/health.ts'
import { importAtif } from './commands/import.ts'
import { leaderboard } from './commands/leaderboard.ts'
import { logs } from './commands/logs.ts'
import { modelsCheck } from './commands/models-check.ts'
import { modelsList } from './commands/models-list.ts'
import { plan } from './commands/plan.ts'
import { report } from './commands/report.ts'
import { run } from './commands/run.ts'
import { sink } from './commands/sink.ts'
import { sql } from './commands/sql.ts'
import { status } from './commands/status.ts'
import { suiteList } from './commands/suite-list.ts'
import { suiteShow } from './commands/suite-show.ts'
import { sweepCancel } from './commands/sweep-cancel.ts'
import { sweepDelete } from './commands/sweep-delete.ts'
import { sweepExtend } from './commands/sweep-extend.ts'
import { sweepList } from './commands/sweep-list.ts'
import { sweepPause } from './commands/sweep-pause.ts'
import { sweepReplay } from './commands/sweep-replay.ts'
import { sweepResume } from './commands/sweep-resume.ts'
import { sweepShow } from './commands/sweep-show.ts'
import { sweepWatch } from './commands/sweep-watch.ts'
import { taskCheck } from './commands/task-check.ts'
import { taskNew } from './commands/task-new.ts'
import { taskRun } from './commands/task-run.ts'
import { trialArtifacts } from './commands/trial-artifacts.ts'
import { trialEvents } from './commands/trial-events.ts'
import { trialList } from './commands/trial-list.ts'
import { trialReplay } from './commands/trial-replay.ts'
import { trialShow } from './commands/trial-show.ts'
import { up } from './commands/up.ts'
import { worker } from './commands/worker.ts'

/** Commands that belong together, in help and in the reference page. */
export interface CommandGroup {
  readonly heading: string
  readonly commands: readonly Command[]
  /** What the first words of two-word commands are about. */
  readonly about: Readonly<Record<string, string>>
}

export const COMMAND_GROUPS: readonly CommandGroup[] = [
  { heading: 'Stack', about: {}, commands: [demo, up, down, status, logs, doctor] },
  {
    heading: 'Sweeps',
    about: { sweep: 'Look at sweeps and steer them.' },
    commands: [
      run,
      sweepList,
      sweepShow,
      sweepWatch,
      sweepPause,
      sweepResume,
      sweepCancel,
      sweepExtend,
      sweepReplay,
      sweepDelete,
    ],
  },
  {
    heading: 'Results',
    about: { trial: 'Look at single trials.' },
    commands: [
      leaderboard,
      compare,
      health,
      report,
      analyze,
      plan,
      trialList,
      trialShow,
      trialEvents,
      trialArtifacts,
      trialReplay,
      sql,
      exportSweep,
      importAtif,
    ],
  },
  {
    heading: 'Tasks',
    about: {
      suite: 'Look at suites of tasks.',
      task: 'Write tasks and prove them.',
    },
    commands: [suiteList, suiteShow, taskNew, taskCheck, taskRun],
  },
  {
    heading: 'Agents and models',
    about: {
      agents: 'Look at agents, install and prove them.',
      models: 'Look at models and try them.',
    },
    commands: [agentsList, agentsBuild, agentsCheck, modelsList, modelsCheck],
  },
  { heading: 'Processes', about: {}, commands: [worker, coordinator, sink] },
  { heading: 'Shell', about: {}, commands: [completionOf(() => ALL_COMMANDS)] },
]

export const ALL_COMMANDS: readonly Command[] = COMMAND_GROUPS.flatMap(({ commands }) => commands)

import { steerCommand } from '../steer-command.ts'

export const sweepPause = steerCommand({
  change: 'pause',
  summary: 'Start no more trials of a sweep; those that run go on.',
  details: 'Go on with `sbench sweep resume`.',
  done: (status) =>
    status === 'paused'
      ? 'is paused: trials that run go on, no others start.'
      : `is ${status}; there is nothing to pause.`,
})

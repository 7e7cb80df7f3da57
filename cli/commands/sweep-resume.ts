import { steerCommand } from '../steer-command.ts'

export const sweepResume = steerCommand({
  change: 'resume',
  summary: 'Go on with a paused sweep.',
  details: 'Trials start again as the fleet has room.',
  done: (status) => `is ${status}.`,
})

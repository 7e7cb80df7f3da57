import { steerCommand } from '../steer-command.ts'

export const sweepCancel = steerCommand({
  change: 'cancel',
  summary: 'End a sweep now; results so far stay.',
  details: 'Running trials are stopped and count as missing, never as zero.',
  done: (status) =>
    status === 'cancelled'
      ? 'is cancelled.'
      : 'is being cancelled: its running trials are stopped.',
})

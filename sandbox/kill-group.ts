import type Docker from 'dockerode'
import { dockerCall, TIME_LIMITS } from './docker-call.ts'

/**
 * Signals a process group inside a container. Docker has no call for it, so this is a command of its
 * own, as the user of the group: only a root with the capability may signal the processes of others.
 */
export async function killGroup(
  container: Docker.Container,
  leader: number,
  { user, signal = 9 }: { readonly user: string | undefined; readonly signal?: number },
): Promise<void> {
  const exec = await dockerCall('prepare a kill', TIME_LIMITS.readMs, (abortSignal) =>
    container.exec({
      Cmd: ['sh', '-c', `kill -${signal} -${leader}`],
      ...(user === undefined ? {} : { User: user }),
      abortSignal,
    }),
  )
  await dockerCall('kill a command', TIME_LIMITS.readMs, (abortSignal) =>
    exec.start({ Detach: true, Tty: false, abortSignal }),
  )
}

import { posix } from 'node:path'
import type { ImageFacts, Sandbox } from '../sandbox/sandbox.ts'
import { leftoverFiles } from '../tasks/leftover-files.ts'
import type { Task } from '../tasks/task.ts'

/** Puts the files that come beside a prebuilt image where commands start. */
export async function putLeftovers(
  sandbox: Sandbox,
  task: Task,
  image: Pick<ImageFacts, 'workdir'>,
): Promise<void> {
  const files = await leftoverFiles(task, task.dir)
  if (files === null) return
  const workdir = posix.resolve('/', task.environment.workdir ?? image.workdir)
  await sandbox.putArchive(workdir, files)
}

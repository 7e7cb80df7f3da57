import { access, constants } from 'node:fs/promises'
import { Failure } from '../../core/failure.ts'
import { type Environment, howItEnded, runCommand, type Say } from './run-command.ts'

export interface InstallOptions {
  /** False makes a missing package a failure instead of a change to the machine. */
  readonly install: boolean
  readonly environment: Environment
  readonly say: Say
}

/**
 * Installs Debian packages as root, saying so.
 *
 * @throws Failure `install.refused` when not allowed to; `prerequisite.missing` when it cannot be done
 * here or went wrong. Both name the command to run by hand.
 */
export async function aptInstall(
  packages: readonly string[],
  { install, environment, say }: InstallOptions,
): Promise<void> {
  const command = `apt-get install -y --no-install-recommends ${packages.join(' ')}`
  const facts = { packages: packages.join(' ') }
  if (!install) {
    throw new Failure('install.refused', `${packages.join(', ')} missing. Run: ${command}`, {
      facts,
    })
  }
  if (!(await canAptInstall())) {
    throw new Failure(
      'prerequisite.missing',
      `${packages.join(', ')} missing, and only root on Debian or Ubuntu can have it installed from here. Run as root: ${command}`,
      { facts },
    )
  }
  say(`installing ${packages.join(', ')} with apt-get (--no-install refuses this)`)
  const env = { ...environment, DEBIAN_FRONTEND: 'noninteractive' }
  const args = ['install', '-y', '--no-install-recommends', ...packages]
  const first = await runCommand('apt-get', args, { timeoutMs: 600_000, env })
  if (first.code === 0) return
  // Package lists may be absent or out of date, as they are in fresh container images.
  await runCommand('apt-get', ['update'], { timeoutMs: 300_000, env })
  const second = await runCommand('apt-get', args, { timeoutMs: 600_000, env })
  if (second.code === 0) return
  throw new Failure(
    'prerequisite.missing',
    `apt-get ${howItEnded(second)}\nRun by hand: ${command}`,
    {
      facts,
    },
  )
}

export async function canAptInstall(): Promise<boolean> {
  const apt = await access('/usr/bin/apt-get', constants.X_OK).then(
    () => true,
    () => false,
  )
  return apt && process.getuid?.() === 0
}

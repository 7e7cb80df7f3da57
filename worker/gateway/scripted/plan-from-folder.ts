import { stat } from 'node:fs/promises'
import { join } from 'node:path'
import { buffer } from 'node:stream/consumers'
import { gzipSync } from 'node:zlib'
import { tarOfDirectory } from '../../../tasks/tar.ts'
import type { Plan } from './plan.ts'

/** Characters of base64 in one line: what every shell and terminal takes. */
const LINE = 76

/**
 * A plan that looks around, carries out the `solve.sh` of a folder, and looks at what came of it.
 * The folder travels inside of the command, and its script's `/solution` becomes a temporary
 * folder, so that the plan needs nothing that an agent's shell does not have.
 *
 * @returns null when there is no such script.
 */
export async function planFromFolder(folder: string): Promise<Plan | null> {
  const present = await stat(join(folder, 'solve.sh')).catch(() => null)
  if (present === null) return null
  const packed = gzipSync(await buffer(await tarOfDirectory(folder, { mode: 0o755 })), { level: 9 })
  return {
    steps: [
      { say: 'I look at what is there first.', run: 'pwd && ls -la && git log --oneline -n 5' },
      { say: 'I know what to change.', run: applying(packed) },
      { say: 'I check what changed.', run: 'git status --short | head -n 20; ls' },
    ],
    final: 'The work is done.',
  }
}

function applying(packed: Uint8Array): string {
  const lines = Buffer.from(packed)
    .toString('base64')
    .replaceAll(new RegExp(`.{${LINE}}`, 'g'), '$&\n')
  return [
    'set -e; work=$(mktemp -d)',
    'base64 -d <<\'WORK\' | tar -xz -C "$work"',
    lines.trimEnd(),
    'WORK',
    'sed -i "s#/solution\\b#$work#g" "$work/solve.sh"',
    'bash "$work/solve.sh" && echo applied',
  ].join('\n')
}

import { stat } from 'node:fs/promises'
import { join } from 'node:path'
import { buffer } from 'node:stream/consumers'
import { gzipSync } from 'node:zlib'
import { tarOfDirectory } from '../../../tasks/tar.ts'
import type { Plan, ShellStep } from './plan.ts'

/** Characters of one command: terminals take a line of 4,096. */
const PIECE = 3_000
const WORK = '/tmp/scripted-work'

/**
 * A plan that looks around, carries out the `solve.sh` of a folder, and looks at what came of it.
 * The folder travels inside of the commands, and its script's `/solution` becomes a temporary
 * folder, so that the plan needs nothing that an agent's shell does not have. Its commands are what
 * every agent lets through: one short line each, nothing removed, nothing substituted.
 *
 * @returns null when there is no such script.
 */
export async function planFromFolder(folder: string): Promise<Plan | null> {
  const present = await stat(join(folder, 'solve.sh')).catch(() => null)
  if (present === null) return null
  const packed = gzipSync(await buffer(await tarOfDirectory(folder, { mode: 0o755 })), { level: 9 })
  return {
    steps: [
      {
        say: 'I look at what is there first.',
        run: 'pwd && ls -la && git log --oneline -n 5 2>&1',
      },
      ...bringing(packed.toString('base64')),
      { say: 'I change it.', run: APPLY },
      { say: 'I check what changed.', run: 'git status --short 2>&1 | head -n 20; ls' },
    ],
    final: 'The work is done.',
  }
}

function bringing(text: string): ShellStep[] {
  const pieces = text.match(new RegExp(`.{1,${PIECE}}`, 'g')) ?? []
  return pieces.map((piece, index) => ({
    say: `I write down what to change, ${index + 1} of ${pieces.length}.`,
    run: `mkdir -p ${WORK} && printf %s '${piece}' ${index === 0 ? '>' : '>>'} ${WORK}/packed`,
  }))
}

const APPLY = [
  `base64 -d ${WORK}/packed | tar -xz -C ${WORK}`,
  `sed -i 's#/solution\\b#${WORK}#g' ${WORK}/solve.sh`,
  `bash ${WORK}/solve.sh`,
  'echo applied',
].join(' && ')

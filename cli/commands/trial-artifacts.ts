import { resolve } from 'node:path'
import { z } from 'zod'
import { bytesText } from '../../core/bytes-text.ts'
import { printable } from '../../core/printable.ts'
import { command } from '../command.ts'
import { wholeNumber } from '../number-flag.ts'
import type { AttemptArtifacts } from '../read-artifacts.ts'
import { textTable } from '../text-table.ts'
import { TRIAL_ARGUMENT, trialReference } from '../trial-reference.ts'

export const trialArtifacts = command({
  words: ['trial', 'artifacts'],
  summary: 'List what agent and verifier of a trial left, or fetch it.',
  details:
    'artifacts/ holds what the task declares and /logs/artifacts, agent/ what is in /logs/agent, ' +
    'verifier/ what is in /logs/verifier with what the verifier printed. Of the attempt that counts, ' +
    'unless --attempt says another. A node keeps at most SBENCH_ARTIFACTS_MB of each trial.',
  args: { trial: TRIAL_ARGUMENT },
  flags: {
    attempt: wholeNumber(1, 1_000).optional().meta({ description: 'of this one', value: 'n' }),
    out: z.string().optional().meta({
      description: 'write the files into this folder, which is new or empty',
      value: 'folder',
    }),
  },
  examples: [
    {
      line: 'sbench trial artifacts 6f2d1c0a9b8e7f6a5b4c3d2e1f0a9b8c',
      does: 'every path with its bytes',
    },
    {
      line: 'sbench trial artifacts 6f2d1c0a9b8e7f6a5b4c3d2e1f0a9b8c --out kept',
      does: 'the files themselves',
    },
  ],
  async run({ args, flags }, context) {
    const { readTrial } = await import('../../analytics/read-trial.ts')
    const { openFarm } = await import('../open-farm.ts')
    const { readArtifacts } = await import('../read-artifacts.ts')
    const { writeArtifacts } = await import('../write-artifacts.ts')
    const { output, folder } = context
    const trial = trialReference(args.trial)
    await using farm = await openFarm(flags, context)
    const detail = await readTrial(farm.store, trial)
    const kept = await readArtifacts(farm.artifacts, detail, flags.attempt)
    const out = flags.out === undefined ? null : resolve(folder, flags.out)
    if (out !== null) await writeArtifacts(kept.files, out)
    const files = kept.files.map(({ path, content }) => ({ path, bytes: content.length }))
    const { attempt, leftOut, moreLeftOut } = kept
    output.answer({ trial, attempt, out, files, leftOut, moreLeftOut }, () =>
      [...listing(kept), ...(out === null ? [] : [`Written to ${out}`])].join('\n'),
    )
  },
})

function listing({ attempt, files, leftOut, moreLeftOut }: AttemptArtifacts): string[] {
  const rows = files.map(({ path, content }) => [String(content.length), printable(path, 500)])
  const bytes = files.reduce((sum, { content }) => sum + content.length, 0)
  const without = leftOut.map(({ path, bytes: size, why }) => {
    const counted = size === null ? '' : `${bytesText(size)}, `
    return `not kept: ${printable(path)} (${counted}${printable(why)})`
  })
  return [
    ...(files.length === 0
      ? [`Nothing is kept of attempt ${attempt}.`]
      : [
          ...textTable([{ title: 'bytes', align: 'right' }, { title: 'path' }], rows),
          `${files.length === 1 ? '1 file' : `${files.length} files`} of attempt ${attempt}, ${bytesText(bytes)}`,
        ]),
    ...without,
    ...(moreLeftOut === 0 ? [] : [`not kept: ${moreLeftOut} more`]),
  ]
}

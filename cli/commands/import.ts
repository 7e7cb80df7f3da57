import { readFile, writeFile } from 'node:fs/promises'
import { resolve } from 'node:path'
import { z } from 'zod'
import { Failure } from '../../core/failure.ts'
import { command } from '../command.ts'

export const importAtif = command({
  words: ['import'],
  summary: 'Read a trajectory of ATIF 1.0 to 1.7: check it, say what is in it, write it as 1.7.',
  details: 'All mistakes are said at once, each with its place. Nothing is sent to the farm.',
  args: { file: { summary: 'a file of ATIF' } },
  flags: {
    out: z.string().optional().meta({ description: 'write it as ATIF 1.7', value: 'file' }),
  },
  examples: [
    { line: 'sbench import trajectory.json', does: 'check a file, and see what is in it' },
    { line: 'sbench import old.json --out new.json', does: 'an older version as 1.7' },
  ],
  async run({ args, flags }, { output, folder }) {
    const { readAtif } = await import('../../analytics/atif/read-atif.ts')
    const { atifSummary, atifText } = await import('../atif-text.ts')
    const path = resolve(folder, args.file)
    const text = await readFile(path, 'utf8').catch((cause: unknown) => {
      throw new Failure('input.invalid', `The file ${path} cannot be read.`, { cause })
    })
    const read = readAtif(text, args.file)
    const out = flags.out === undefined ? null : resolve(folder, flags.out)
    if (out !== null) {
      const written = `${JSON.stringify(read.trajectory, null, 2)}\n`
      await writeFile(out, written).catch((cause: unknown) => {
        throw new Failure('input.invalid', `${out} cannot be written.`, { cause })
      })
    }
    const { version, trajectory, warnings } = read
    const document = { version, warnings, ...atifSummary(trajectory), written: out, trajectory }
    output.answer(document, () =>
      [atifText(read), ...(out === null ? [] : ['', `Written as ATIF 1.7: ${out}`])].join('\n'),
    )
  },
})

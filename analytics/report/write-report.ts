import { mkdir, rename, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { Failure } from '../../core/failure.ts'
import type { Analysis } from '../analysis/analysis-document.ts'
import type { Figure } from './figure.ts'
import { csvFile, jsonFile, svgFile } from './figure-files.ts'
import { pngOf } from './figure-png.ts'
import { type FiguresOptions, reportFigures } from './report-figures.ts'
import { reportHead } from './report-head.ts'
import { reportPage } from './report-page.ts'

export interface WrittenReport {
  readonly folder: string
  readonly page: string
  readonly figures: readonly {
    readonly id: string
    readonly title: string
    readonly drawn: boolean
  }[]
  /** Of all files. */
  readonly bytes: number
}

/**
 * Writes `index.html`, `analysis.json` and the files of each figure into a folder. Files of an
 * earlier report are replaced one by one, each whole at any moment; others are left alone.
 *
 * @throws Failure `input.invalid` when the folder cannot be written.
 */
export async function writeReport(
  analysis: Analysis,
  folder: string,
  options: FiguresOptions = {},
): Promise<WrittenReport> {
  const figures = reportFigures(analysis, options)
  const page = join(folder, 'index.html')
  let bytes = 0
  const write = async (path: string, content: string | Uint8Array) => {
    const partial = `${path}.partial`
    await writeFile(partial, content)
    await rename(partial, path)
    bytes += Buffer.byteLength(content)
  }
  try {
    await mkdir(join(folder, 'figures'), { recursive: true })
    for (const figure of figures) {
      for (const [kind, content] of await filesOf(figure, analysis)) {
        const path = join(folder, 'figures', `${figure.id}.${kind}`)
        // What an earlier report could draw, and this one cannot, must not lie beside it.
        if (content === null) await rm(path, { force: true })
        else await write(path, content)
      }
    }
    await write(join(folder, 'analysis.json'), `${JSON.stringify(analysis)}\n`)
    await write(page, reportPage(reportHead(analysis), figures, { files: true }))
  } catch (cause) {
    if (!(cause instanceof Error) || !('code' in cause)) throw cause
    const message = `The report cannot be written to ${folder} (${cause.message}).`
    throw new Failure('input.invalid', message, { facts: { folder }, cause })
  }
  const shown = figures.map(({ id, title, drawing }) => ({ id, title, drawn: drawing !== null }))
  return { folder, page, figures: shown, bytes }
}

async function filesOf(
  figure: Figure,
  analysis: Analysis,
): Promise<(readonly [kind: string, content: string | Uint8Array | null])[]> {
  const { drawing } = figure
  return [
    ['csv', csvFile(figure, analysis)],
    ['json', jsonFile(figure, analysis)],
    ['svg', drawing === null ? null : svgFile(figure, drawing)],
    ['png', drawing === null ? null : await pngOf(svgFile(figure, drawing, 'light'), drawing)],
  ]
}

/** What a command says of a report that it has written. */
export function writtenText({ page, figures, bytes }: WrittenReport): string {
  const size = bytes < 1e6 ? `${Math.ceil(bytes / 1e3)} kB` : `${(bytes / 1e6).toFixed(1)} MB`
  return `${page}: ${figures.length} figures, ${size}`
}

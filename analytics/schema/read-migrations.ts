import { createHash } from 'node:crypto'
import { readdirSync, readFileSync } from 'node:fs'

/** One numbered file of the folder beside this one, cut into its statements. */
export interface Migration {
  readonly number: number
  readonly name: string
  /** Hex sha256 of the file. */
  readonly checksum: string
  readonly statements: readonly string[]
}

const FOLDER = new URL('./migrations/', import.meta.url)
const FILE_NAME = /^(\d{3})-([a-z0-9-]+)\.sql$/

/** All migrations, ascending and without gaps from 1. */
export function readMigrations(folder: URL = FOLDER): Migration[] {
  const files = readdirSync(folder).sort()
  return files.map((file, index) => {
    const [, digits, name = ''] = FILE_NAME.exec(file) ?? []
    if (Number(digits) !== index + 1) {
      throw new Error(`${file}: migrations are named 001-name.sql onwards, without gaps`)
    }
    const text = readFileSync(new URL(file, folder), 'utf8')
    const checksum = createHash('sha256').update(text).digest('hex')
    return { number: index + 1, name, checksum, statements: statementsOf(text) }
  })
}

/** The statements of a file: each ends with a semicolon at the end of a line. */
export function statementsOf(text: string): string[] {
  const lines = text.split('\n').filter((line) => !line.trimStart().startsWith('--'))
  return lines
    .join('\n')
    .split(/;[ \t]*(?:\n|$)/)
    .map((statement) => statement.trim())
    .filter((statement) => statement !== '')
}

import { z } from 'zod'
import { Failure } from '../../core/failure.ts'
import { clickHouseTime } from '../clickhouse-time.ts'
import type { Store } from '../store.ts'
import { type Migration, readMigrations } from './read-migrations.ts'

/** What of the schema one database has, one row a migration. */
interface Applied {
  readonly number: number
  readonly name: string
  readonly checksum: string
}

const BOOTSTRAP = [
  'CREATE DATABASE IF NOT EXISTS sbench ENGINE = Atomic',
  `CREATE TABLE IF NOT EXISTS sbench.schema_migrations
   (
       number UInt16,
       name String,
       checksum String COMMENT 'sha256 of the file',
       applied_at DateTime64(3, 'UTC')
   )
   ENGINE = ReplacingMergeTree(applied_at)
   ORDER BY number
   COMMENT 'One row a migration of this database.'`,
]

const appliedRow = z.object({
  number: z.coerce.number().int(),
  name: z.string(),
  checksum: z.string(),
})

/**
 * Brings the database to this code's schema. Every step is idempotent and leaves no state between
 * them, so that running it again, or from several processes at once, changes nothing.
 *
 * @returns names of the migrations that were applied now.
 * @throws Failure `schema.newer` on a database of later code; `schema.edited` when a migration that
 * it has is not the one of this code; `engine.unreachable`.
 */
export async function migrate(
  store: Store,
  migrations: readonly Migration[] = readMigrations(),
): Promise<string[]> {
  for (const statement of BOOTSTRAP) await store.command(statement)
  const applied = await store.query('applied-migrations', appliedRow)
  const missing = missingMigrations(migrations, applied)
  for (const { number, name, checksum, statements } of missing) {
    for (const statement of statements) await store.command(statement)
    const applied_at = clickHouseTime(new Date().toISOString())
    await store.insert('schema_migrations', [{ number, name, checksum, applied_at }])
  }
  return missing.map((migration) => migration.name)
}

/** What is left to do. @throws as {@link migrate}. */
export function missingMigrations(
  migrations: readonly Migration[],
  applied: readonly Applied[],
): Migration[] {
  const known = new Map(migrations.map((migration) => [migration.number, migration]))
  for (const { number, name, checksum } of applied) {
    const migration = known.get(number)
    if (migration === undefined) {
      throw new Failure(
        'schema.newer',
        `The database has migration ${number} (${name}), this program knows ${known.size}: ` +
          'it was written by a later version. Update sbench.',
        { facts: { migration: number, known: known.size } },
      )
    }
    if (migration.checksum !== checksum) {
      throw new Failure(
        'schema.edited',
        `Migration ${number} (${name}) differs from the one this database was made with. ` +
          'Migrations are never edited: add a new one.',
        { facts: { migration: number } },
      )
    }
  }
  const done = new Set(applied.map(({ number }) => number))
  return migrations.filter(({ number }) => !done.has(number))
}

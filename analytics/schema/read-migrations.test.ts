import { expect, test } from 'vitest'
import { missingMigrations } from './migrate.ts'
import { readMigrations, statementsOf } from './read-migrations.ts'

test('a file is cut at semicolons that end a line, and comments are left out', () => {
  const text =
    "-- about it; all\nCREATE TABLE a (b String COMMENT 'x; y');\n\nCREATE VIEW c AS\nSELECT 1;\n"
  expect(statementsOf(text)).toEqual([
    "CREATE TABLE a (b String COMMENT 'x; y')",
    'CREATE VIEW c AS\nSELECT 1',
  ])
})

test('every statement can be repeated', () => {
  for (const { statements } of readMigrations()) {
    for (const statement of statements) {
      expect(statement).toMatch(/^\w+ \w+ IF (NOT )?EXISTS|^CREATE OR REPLACE VIEW|^ALTER TABLE/)
      const added = statement.match(/ADD COLUMN/g)?.length ?? 0
      expect(statement.match(/ADD COLUMN IF NOT EXISTS/g)?.length ?? 0).toBe(added)
    }
  }
})

test('only what a database lacks is applied, in order', () => {
  const all = readMigrations()
  expect(missingMigrations(all, [])).toEqual(all)
  expect(missingMigrations(all, all)).toEqual([])
  expect(missingMigrations(all, all.slice(1)).map(({ number }) => number)).toEqual([1])
})

import { afterAll, beforeAll, expect, test } from 'vitest'
import { z } from 'zod'
import { Engine } from '../../test/support/engine.ts'
import type { Store } from '../store.ts'
import { migrate } from './migrate.ts'
import { type Migration, readMigrations } from './read-migrations.ts'

let engine: Engine
let store: Store

beforeAll(async () => {
  engine = await Engine.start()
  store = engine.store()
})

afterAll(async () => {
  await store?.[Symbol.asyncDispose]()
  await engine?.[Symbol.asyncDispose]()
})

const appliedRow = z.object({ number: z.number(), name: z.string(), checksum: z.string() })
const applied = () => store.query('applied-migrations', appliedRow)

test('three processes that migrate an empty database at once all succeed', async () => {
  const stores = [engine.store(), engine.store(), engine.store()]
  await Promise.all(stores.map((one) => migrate(one)))
  expect(await applied()).toHaveLength(readMigrations().length)
  for (const one of stores) await one[Symbol.asyncDispose]()
})

test('migrating again changes nothing', async () => {
  const before = await applied()
  expect(await migrate(store)).toEqual([])
  expect(await applied()).toEqual(before)
})

test('a migration that was cut short goes on where it can be repeated', async () => {
  await store.command('ALTER TABLE sbench.schema_migrations DELETE WHERE number = 2', {})
  await store.command('DROP VIEW sbench.spend')
  expect(await migrate(store)).toEqual(['views'])
  await store.command('SELECT * FROM sbench.spend')
})

test('an edited migration is refused by name', async () => {
  const edited = readMigrations().map((migration) => ({ ...migration, checksum: 'other' }))
  await expect(migrate(store, edited)).rejects.toMatchObject({ code: 'schema.edited' })
})

test('a database of later code is refused', async () => {
  const [first] = readMigrations()
  const older: Migration[] = first === undefined ? [] : [first]
  await expect(migrate(store, older)).rejects.toMatchObject({ code: 'schema.newer' })
})

test('every table and view says what one of its rows is', async () => {
  const rows = await store.query('undocumented-tables', z.object({ name: z.string() }))
  expect(rows).toEqual([])
})

test('analysts can read and cannot write', async () => {
  await using reader = engine.store('analyst')
  await reader.command('SELECT count() FROM sbench.results')
  await expect(reader.insert('tasks', [{ sweep_id: 's', task: 't' }])).rejects.toThrow()
})

test('an engine that is away is a failure that a retry can mend', async () => {
  await engine.kill()
  await expect(store.ping()).rejects.toMatchObject({ code: 'engine.unreachable', retry: true })
  await engine.resume()
  await store.ping()
})

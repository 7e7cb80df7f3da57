import { globSync, readFileSync } from 'node:fs'
import { dirname, join, normalize } from 'node:path'
import { fileURLToPath } from 'node:url'
import { expect, test } from 'vitest'

const ROOT = fileURLToPath(new URL('..', import.meta.url))

/** Who may import whom, as the table of `docs/architecture.md` says; `core` is open to everyone. */
function importTable(): Map<string, string[]> {
  const page = readFileSync(join(ROOT, 'docs/architecture.md'), 'utf8')
  const rows = page.matchAll(/^\| `([a-z/]+)\/` \|[^|]*\|([^|]*)\|$/gm)
  return new Map(
    [...rows].map(([, folder = '', allowed = '']) => [
      folder,
      [...allowed.matchAll(/`([a-z/]+)`/g)].map(([, name = '']) => name),
    ]),
  )
}

interface Arrow {
  readonly from: string
  readonly to: string
}

const FILES = globSync(
  '{core,tasks,models,company,sandbox,grader,coordinator,worker,analytics,cli,web,deploy}/**/*.ts',
  {
    cwd: ROOT,
    exclude: (name) => name === 'suites' || name === 'node_modules' || name === 'template',
  },
)

const textOf = (file: string): string => readFileSync(join(ROOT, file), 'utf8')

function arrows(): Arrow[] {
  return FILES.flatMap((from) => {
    const text = textOf(from)
    const imports = text.matchAll(/(?:from|import)\s*\(?\s*'(\.[^']+)'/g)
    return [...imports].map(([, path = '']) => ({ from, to: normalize(join(dirname(from), path)) }))
  })
}

const table = importTable()
const found = arrows()

function isAllowed({ from, to }: Arrow): boolean {
  const folder = folderOf(from)
  if (folder === folderOf(to) || to.startsWith('core/') || to === 'package.json') return true
  if (from.endsWith('.test.ts') && to.startsWith('test/support/')) return true
  return (table.get(folder) ?? []).some((allowed) => to.startsWith(`${allowed}/`))
}

/** The row of the table that a file belongs to: the longest that is a folder above it. */
function folderOf(file: string): string {
  const rows = [...table.keys()].filter((row) => file.startsWith(`${row}/`))
  return rows.sort((left, right) => right.length - left.length)[0] ?? ''
}

test('the page of the architecture has a row for each folder with code', () => {
  const folders = new Set(found.map(({ from }) => from.split('/')[0]))
  const rows = new Set([...table.keys()].map((row) => row.split('/')[0]))
  expect([...folders].filter((folder) => !rows.has(folder))).toEqual([])
})

test('there are no imports but those that the architecture allows', () => {
  const forbidden = found.filter((arrow) => !isAllowed(arrow))
  expect(forbidden.map(({ from, to }) => `${from} -> ${to}`)).toEqual([])
  expect(found.length).toBeGreaterThan(200)
})

test('workflows reach nothing that needs Node', () => {
  const reached = new Set<string>()
  const queue = ['coordinator/workflows/all-workflows.ts']
  for (let file = queue.pop(); file !== undefined; file = queue.pop()) {
    if (reached.has(file)) continue
    reached.add(file)
    queue.push(...valueImports(file))
  }
  const impure = [...reached].filter((file) =>
    /^import (?!type).* from '(node:|pino|dockerode|zod)/m.test(
      readFileSync(join(ROOT, file), 'utf8'),
    ),
  )
  expect(impure).toEqual([])
})

/** Files of the product where a line matches, but for those that start a process or a thread. */
function filesWith(line: RegExp): string[] {
  const files = globSync(
    '{core,tasks,models,sandbox,grader,coordinator,worker,analytics,cli,deploy}/**/*.ts',
    {
      cwd: ROOT,
      exclude: (name) => name === 'suites' || name === 'node_modules',
    },
  )
  return files
    .filter((file) => !/main\.ts$|-thread\.ts$|-fixture\.ts$|\.test\.|\/scripted-/.test(file))
    .filter((file) => line.test(readFileSync(join(ROOT, file), 'utf8')))
}

test('only what starts a process reads the environment', () => {
  expect(filesWith(/process\.env\b/)).toEqual([])
})

test('only what starts a process keeps state in a module, so that test files may share one', () => {
  expect(filesWith(/^(export )?let /m)).toEqual([])
})

function valueImports(file: string): string[] {
  const text = readFileSync(join(ROOT, file), 'utf8')
  const imports = text.matchAll(/^(?:import|export) (?!type )[^']*? from '(\.[^']+)'/gms)
  return [...imports].map(([, path = '']) => normalize(join(dirname(file), path)))
}

test('no process loads fetch by an import of node:http, see core/node-http.ts', () => {
  const anyHttp = /^import (?!type )[^;'"]*? from '(?:node:)?http'$/m
  expect(anyHttp.test("import { createServer } from 'node:http'")).toBe(true)
  expect(anyHttp.test("import type { Server } from 'node:http'")).toBe(false)
  const files = FILES.filter((file) => !/\.test\.ts$|-fixture\.ts$/.test(file))
  expect(files.filter((file) => anyHttp.test(textOf(file)))).toEqual([])
})

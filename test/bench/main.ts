import { globSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import type { Bench, BenchRow } from './bench.ts'
import { benchTable } from './bench-table.ts'

/** Runs the benches beside this file, or those that are named: `main.ts [names…] [--long] [--json]`. */
const args = process.argv.slice(2)
const long = args.includes('--long')
const names = args.filter((arg) => !arg.startsWith('--'))
const say = (line: string) => void process.stderr.write(`${line}\n`)

const benches = await loadBenches()
const unknown = names.filter((name) => !benches.some((bench) => bench.name === name))
if (unknown.length > 0) {
  say(
    `There is no bench ${unknown.join(', ')}. There are: ${benches.map(({ name }) => name).join(', ')}.`,
  )
  process.exit(2)
}

const rows: BenchRow[] = []
for (const bench of benches) {
  if (names.length > 0 && !names.includes(bench.name)) continue
  say(`${bench.name} …`)
  rows.push(...(await bench.run({ long })))
}
process.stdout.write(
  args.includes('--json') ? `${JSON.stringify(rows, null, 2)}\n` : benchTable(rows),
)
process.exitCode = rows.every(({ met }) => met) ? 0 : 5

async function loadBenches(): Promise<Bench[]> {
  const folder = fileURLToPath(new URL('.', import.meta.url))
  const files = globSync('*.bench.ts', { cwd: folder }).sort()
  return Promise.all(
    files.map(async (file) => {
      const module: { bench: Bench } = await import(new URL(file, import.meta.url).href)
      return module.bench
    }),
  )
}

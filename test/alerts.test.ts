import { globSync, readFileSync } from 'node:fs'
import { expect, test } from 'vitest'
import { parse } from 'yaml'
import { z } from 'zod'

const read = (path: string) => readFileSync(new URL(`../${path}`, import.meta.url), 'utf8')

const rule = z.object({
  alert: z.string(),
  expr: z.string(),
  annotations: z.object({ summary: z.string(), runbook: z.string() }),
})
const schema = z.object({ groups: z.array(z.object({ rules: z.array(rule) })) })
const rules = schema.parse(parse(read('deploy/alerts/rules.yaml'))).groups.flatMap((g) => g.rules)

/** As GitHub makes the anchor of a heading. */
const anchorOf = (heading: string) =>
  heading
    .toLowerCase()
    .replaceAll(/[^a-z0-9 -]/g, '')
    .replaceAll(' ', '-')

test('each alert leads to a heading of the runbook', () => {
  const headings = read('docs/runbook.md').matchAll(/^## (.+)$/gm)
  const anchors = new Set([...headings].map(([, heading]) => anchorOf(heading ?? '')))
  for (const { alert, annotations } of rules) {
    const [page, anchor] = annotations.runbook.split('#')
    expect([alert, page, anchors.has(anchor ?? '')]).toEqual([alert, 'docs/runbook.md', true])
  }
})

test('each alert watches metrics that a process of ours has', () => {
  const sources = globSync('{coordinator,worker,analytics,core}/**/*.ts', {
    cwd: new URL('..', import.meta.url),
  })
  const names = new Set(
    sources.flatMap((file) => read(file).match(/(?<=name: ')sbench_[a-z_]+(?=')/g) ?? []),
  )
  for (const { alert, expr } of rules) {
    for (const metric of expr.match(/sbench_[a-z_]+/g) ?? []) {
      expect([alert, metric, names.has(metric)]).toEqual([alert, metric, true])
    }
  }
})

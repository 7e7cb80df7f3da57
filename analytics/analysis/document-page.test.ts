import { expect, test } from 'vitest'
import { analysisJsonSchema, documentPage } from './document-page.ts'

test('docs/analysis-json.md and its JSON Schema are what the schema says', async () => {
  await expect(documentPage()).toMatchFileSnapshot('../../docs/analysis-json.md')
  const schema = `${JSON.stringify(analysisJsonSchema(), null, 2)}\n`
  await expect(schema).toMatchFileSnapshot('../../docs/analysis.schema.json')
})

test('every field of an entry and of a pair has a type that can be read', () => {
  const page = documentPage()
  expect(page).toContain('| `rankSet` | object or null | ranks it may have')
  expect(page).toContain('| `adjustedP` | number or null | Holm over the pairs of this list |')
  expect(page).not.toContain('| value |')
})

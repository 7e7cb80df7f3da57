import { z } from 'zod'
import { analysisSchema } from './analysis-document.ts'

/** The parts of JSON Schema that the document's schema uses. */
interface Schema {
  readonly type?: string
  readonly description?: string
  readonly enum?: readonly string[]
  readonly const?: string
  readonly minimum?: number
  readonly maximum?: number
  readonly properties?: Readonly<Record<string, Schema>>
  readonly items?: Schema
  readonly anyOf?: readonly Schema[]
}

/** JSON Schema of the document, draft 2020-12. */
export function analysisJsonSchema(): object {
  return z.toJSONSchema(analysisSchema)
}

/** docs/analysis-json.md: every field of the document, one table an object. */
export function documentPage(): string {
  const tables: string[] = []
  describe('The document', analysisJsonSchema() as Schema, tables)
  return `${HEAD}\n${tables.join('\n')}`
}

const HEAD = `# The document of statistics

What \`sbench analyze --json\` and \`sbench compare --json\` print, in one format for results of any
harness. Written from the schema in \`analytics/analysis/analysis-document.ts\`; a test keeps it so.
[analysis.schema.json](analysis.schema.json) is the same as JSON Schema.

- Scores, rates, differences and shares are fractions: 0.05 is 5 %, or 5 points.
- \`null\` means that there is no such value, never 0. Below ten tasks (or families of tasks) there is
  no interval over tasks, no test and no resample.
- What is missing is never counted as zero: \`bounds\` say what it could still do.
- The same data, seed and method version give the same bytes, whatever the number of threads.
- Fields are added within a version of \`format\`; none changes its meaning.
`

function describe(title: string, schema: Schema, tables: string[]): void {
  const properties = Object.entries(schema.properties ?? {})
  const rows = properties.map(([name, field]) => {
    const { type, summary } = described(name, field)
    return `| \`${name}\` | ${type} | ${summary} |`
  })
  tables.push(`## ${title}\n`, '| field | type | |', '|---|---|---|', ...rows, '')
  for (const [name, field] of properties) {
    const inner = objectIn(field)
    if (inner !== null)
      describe(title === 'The document' ? name : `${title} › ${name}`, inner, tables)
  }
}

function described(name: string, field: Schema): { type: string; summary: string } {
  return { type: typeOf(field), summary: field.description ?? SUMMARIES[name] ?? '' }
}

/** For fields whose names say it all but for their unit. */
const SUMMARIES: Readonly<Record<string, string>> = {
  missing: 'trials without a score, by why',
}

function typeOf({ type, anyOf, items, enum: values, const: only }: Schema): string {
  if (only !== undefined) return `\`"${only}"\``
  if (values !== undefined) return values.map((value) => `\`"${value}"\``).join(', ')
  if (anyOf !== undefined) return anyOf.map(typeOf).join(' or ')
  if (type === 'array' && items !== undefined) return `list of ${typeOf(items)}`
  return type ?? 'value'
}

function objectIn(field: Schema): Schema | null {
  if (field.properties !== undefined) return field
  if (field.items !== undefined) return objectIn(field.items)
  return field.anyOf?.map(objectIn).find((found) => found !== null) ?? null
}

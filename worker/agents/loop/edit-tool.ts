import { z } from 'zod'
import { type Edited, insertText, replaceText, viewChange, viewText } from './edit-text.ts'
import { type FilesOptions, readFound, writeText } from './sandbox-files.ts'
import { failed, ok, type Tool, type ToolResult, tool } from './tool.ts'

const input = z.strictObject({
  action: z.enum(['view', 'create', 'replace', 'insert']),
  path: z
    .string()
    .min(1)
    .refine((path) => !path.includes('\0'), 'a path without NUL')
    .describe('absolute, or relative to the folder in which you began'),
  first_line: z.number().int().min(1).optional().describe('view: from here'),
  last_line: z.number().int().min(-1).optional().describe('view: to here, inclusive'),
  content: z.string().optional().describe('create: the whole file'),
  old_text: z.string().optional().describe('replace: stands exactly once in the file'),
  new_text: z.string().optional().describe('replace, insert: what comes there'),
  insert_line: z.number().int().min(0).optional().describe('insert: after this line'),
})
type Input = z.output<typeof input>

export function editTool(files: FilesOptions): Tool {
  return tool({
    name: 'edit',
    description: [
      'Looks at text files and changes them. view: lines with their numbers, or what is in a folder.',
      'create: a new file with content; missing folders are made; it does not write over a file.',
      'replace: old_text, which must stand exactly once, by new_text (which may be empty). insert:',
      'new_text after the line insert_line, 0 for the beginning.',
    ].join(' '),
    input,
    lane: 'sandbox',
    run: (wanted, { signal }) => {
      switch (wanted.action) {
        case 'view':
          return view(files, wanted, signal)
        case 'create':
          return create(files, wanted, signal)
        case 'replace':
        case 'insert':
          return change(files, wanted, signal)
      }
    },
  })
}

async function view(files: FilesOptions, wanted: Input, signal: AbortSignal) {
  const { path, first_line: first = 1, last_line: last = -1 } = wanted
  if (last !== -1 && last < first) return failed(`last_line ${last} is before ${first}.`)
  const found = await readFound(files, path, signal)
  if (found.kind === 'folder') return ok(found.listing)
  if (found.kind !== 'text') return missing(path, found)
  return ok(viewText(found.text, { first, last }))
}

async function create(files: FilesOptions, { path, content }: Input, signal: AbortSignal) {
  if (content === undefined) return failed('create needs content.')
  const problem = await writeText(files, path, { text: content, mode: 'new', signal })
  if (problem === null) return ok(`Created ${path}.`)
  const remedy = problem.includes('exists') ? ' Use replace, or remove it first.' : ''
  return failed(`${path} cannot be created: ${problem}.${remedy}`)
}

async function change(files: FilesOptions, wanted: Input, signal: AbortSignal) {
  const { path, action, old_text: old, new_text: text, insert_line: line } = wanted
  if (text === undefined) return failed(`${action} needs new_text.`)
  if (action === 'replace' && old === undefined) return failed('replace needs old_text.')
  if (action === 'insert' && line === undefined) return failed('insert needs insert_line.')
  const found = await readFound(files, path, signal)
  if (found.kind === 'folder') return failed(`${path} is a folder.`)
  if (found.kind !== 'text') return missing(path, found)
  // Bytes that are no UTF-8 would not survive being read and written as text.
  if (found.text.includes('\uFFFD')) return failed(`${path} is no UTF-8: use bash for it.`)
  const edited: Edited =
    action === 'replace'
      ? replaceText(found.text, old ?? '', text)
      : insertText(found.text, line ?? 0, text)
  if ('problem' in edited) return failed(edited.problem)
  const problem = await writeText(files, path, { text: edited.text, mode: 'over', signal })
  if (problem !== null) return failed(`${path} cannot be written: ${problem}.`)
  return ok(`Done. It now reads:\n${viewChange(edited.text, edited.firstLine, edited.lines)}`)
}

function missing(
  path: string,
  found: { readonly kind: 'none' } | { readonly kind: 'problem'; readonly problem: string },
): ToolResult {
  if (found.kind === 'none') return failed(`There is no ${path}.`)
  return failed(`${path} cannot be read: ${found.problem}.`)
}

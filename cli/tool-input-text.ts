import { lineDiff } from './line-diff.ts'

/**
 * What a tool was asked to do, for people: an edit as a diff, a command as it was typed, anything
 * else field by field. Knows the shapes of the agents that the farm runs, by their fields.
 *
 * @param input JSON as the model wrote it, or plain text.
 */
export function toolInputLines(input: string): string[] {
  const fields = objectOf(input)
  if (fields === null) return input.trimEnd().split('\n')
  const edit = editLines(fields)
  if (edit !== null) return edit
  return Object.entries(fields).flatMap(([name, value]) => fieldLines(name, value))
}

type Fields = Readonly<Record<string, unknown>>

const PATHS = ['file_path', 'filePath', 'path', 'absolute_path', 'filename']
const OLD = ['old_string', 'oldString', 'old_str', 'old_text', 'search']
const NEW = ['new_string', 'newString', 'new_str', 'new_text', 'replace', 'insert_text']
const WHOLE = ['content', 'file_text', 'contents']
const PATCHES = ['patch', 'patchText', 'diff']
const COMMANDS = ['command', 'cmd', 'script']

function editLines(fields: Fields): string[] | null {
  const path = textAt(fields, PATHS)
  const patch = textAt(fields, [...PATCHES, 'input'])
  if (patch !== undefined && /^(\*\*\* Begin Patch|--- |diff --git )/m.test(patch)) {
    return patch.trimEnd().split('\n')
  }
  if (path === undefined) return null
  const before = textAt(fields, OLD)
  const after = textAt(fields, NEW)
  const whole = textAt(fields, WHOLE)
  if (before !== undefined) return [path, ...lineDiff(before, after ?? '')]
  if (Array.isArray(fields.edits)) {
    const edits = fields.edits.filter(
      (each): each is Fields => typeof each === 'object' && each !== null,
    )
    return [
      path,
      ...edits.flatMap((each) => lineDiff(textAt(each, OLD) ?? '', textAt(each, NEW) ?? '')),
    ]
  }
  if (after !== undefined && 'insert_line' in fields) {
    return [`${path}, after line ${String(fields.insert_line)}`, ...lineDiff('', after)]
  }
  return whole === undefined ? null : [path, ...lineDiff('', whole)]
}

function fieldLines(name: string, value: unknown): string[] {
  if (COMMANDS.includes(name)) {
    const typed = Array.isArray(value) ? value.join(' ') : String(value)
    return typed.split('\n').map((line, index) => (index === 0 ? `$ ${line}` : `  ${line}`))
  }
  const text = typeof value === 'string' ? value : (JSON.stringify(value) ?? '')
  const [first = '', ...rest] = text.split('\n')
  return [`${name}: ${first}`, ...rest.map((line) => `  ${line}`)]
}

function textAt(fields: Fields, names: readonly string[]): string | undefined {
  for (const name of names) {
    const value = fields[name]
    if (typeof value === 'string') return value
  }
  return undefined
}

function objectOf(input: string): Fields | null {
  if (!input.trimStart().startsWith('{')) return null
  try {
    const value: unknown = JSON.parse(input)
    return typeof value === 'object' && value !== null ? { ...value } : null
  } catch {
    return null
  }
}

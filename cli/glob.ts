/** As {@link matchesGlob}; a pattern without `/` also matches a task's name without its organisation. */
export function matchesTask(task: string, pattern: string): boolean {
  if (matchesGlob(task, pattern)) return true
  return !pattern.includes('/') && matchesGlob(task.slice(task.lastIndexOf('/') + 1), pattern)
}

/** Whether a name matches a pattern: `*` is any text, also across `/`; `?` is one character. */
export function matchesGlob(name: string, pattern: string): boolean {
  const literal = pattern.replaceAll(/[.+^${}()|[\]\\]/g, '\\$&')
  const expression = literal.replaceAll('*', '.*').replaceAll('?', '.')
  return new RegExp(`^${expression}$`, 's').test(name)
}

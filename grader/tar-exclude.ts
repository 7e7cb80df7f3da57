/**
 * Whether a path is left out by patterns as `tar --exclude` reads them: `*` and `?` also match a
 * slash, a pattern may begin at any part of the path, and what is below a match is left out too.
 */
export function excludes(patterns: readonly string[], path: string): boolean {
  return patterns.some((pattern) => regexOf(pattern).test(path))
}

function regexOf(pattern: string): RegExp {
  const source = pattern
    .replace(/^\.?\/+|\/+$/g, '')
    .replace(/[.+^${}()|\\]/g, '\\$&')
    .replace(/\*+/g, '.*')
    .replace(/\?/g, '.')
    .replace(/\[!/g, '[^')
    .replace(/\[(?![^[\]]+\])/g, '\\[')
  return new RegExp(`(^|/)${source}(/|$)`, 's')
}

/**
 * A name that strangers chose, for a terminal or a sentence: what would move the cursor, change colours
 * or turn the direction of writing is shown as `\u{…}`, and what is too long is cut.
 */
export function printable(name: string, length = 200): string {
  const cut = name.length > length ? `${name.slice(0, length)}…` : name
  return cut.replace(
    /[\p{Cc}\u2028-\u202e\u2066-\u2069]/gu,
    (character) => `\\u{${character.codePointAt(0)?.toString(16)}}`,
  )
}

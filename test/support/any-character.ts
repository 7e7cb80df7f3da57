import fc from 'fast-check'

/** What shells, formats and lines of text are cut and quoted by. */
const SPECIAL = [...'\'"`\\$ \t\r\n!#%&()*;<=>?[]^{|}~-']
const SURROGATES = { first: 0xd800, count: 0x800 }

/**
 * Any character, as a unit of `fc.string`; a third of them are special somewhere. Fast-check's own
 * `binary` hardly ever draws one of those, and takes a second to count all characters first.
 */
export const anyCharacter = fc.oneof(
  fc.constantFrom(...SPECIAL),
  fc.integer({ min: 0, max: 0x7f }).map((code) => String.fromCodePoint(code)),
  fc
    .integer({ min: 0, max: 0x10_ffff - SURROGATES.count })
    .map((n) => String.fromCodePoint(n < SURROGATES.first ? n : n + SURROGATES.count)),
)

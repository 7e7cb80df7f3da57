/** Characters that a token holds at least, over prose and code of the large vendors' models. */
const CHARS_PER_TOKEN = 3.5
/** Around each message: roles, ids, braces. */
const MESSAGE_TOKENS = 8

/** How many tokens a text may have, rather too many than too few. */
export function estimateTokens(text: string): number {
  return text === '' ? 0 : Math.ceil(text.length / CHARS_PER_TOKEN) + MESSAGE_TOKENS
}

import { fileURLToPath } from 'node:url'

/** Where saved workflow histories are kept, as JSON. */
export const HISTORIES = fileURLToPath(new URL('../histories', import.meta.url))

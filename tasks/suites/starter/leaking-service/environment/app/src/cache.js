/** Keeps the newest answers. */
export function createCache({ limit }) {
  const entries = new Map()

  return {
    get(key) {
      return entries.get(key)?.value
    },

    set(key, value) {
      entries.set(key, { value, at: Date.now() })
      if (entries.size > limit) {
        const oldest = Math.min(...[...entries.values()].map((entry) => entry.at))
        entries.delete(oldest)
      }
    },

    get size() {
      return entries.size
    },
  }
}

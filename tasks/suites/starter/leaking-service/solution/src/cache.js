/** Keeps the answers used last: a Map remembers the order in which its keys were put in. */
export function createCache({ limit }) {
  const entries = new Map()

  return {
    get(key) {
      const value = entries.get(key)
      if (value !== undefined) {
        entries.delete(key)
        entries.set(key, value)
      }
      return value
    },

    set(key, value) {
      entries.delete(key)
      entries.set(key, value)
      if (entries.size > limit) entries.delete(entries.keys().next().value)
    },

    get size() {
      return entries.size
    },
  }
}

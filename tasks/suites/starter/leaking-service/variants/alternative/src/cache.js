/** Keeps `limit` answers; each knows when it was last used. */
export function createCache({ limit }) {
  const entries = new Map()
  let clock = 0

  return {
    get(key) {
      const entry = entries.get(key)
      if (entry) entry.used = ++clock
      return entry?.value
    },
    set(key, value) {
      entries.set(key, { value, used: ++clock })
      while (entries.size > limit) {
        let oldest
        for (const [key, { used }] of entries) if (!oldest || used < oldest.used) oldest = { key, used }
        entries.delete(oldest.key)
      }
    },
    get size() {
      return entries.size
    },
  }
}

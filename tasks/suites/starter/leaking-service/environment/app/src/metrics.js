/** Counts requests, for `/metrics`. */
export function createMetrics() {
  const counts = new Map()

  return {
    count(method, route, status) {
      const labels = `method="${method}",route="${route}",status="${status}"`
      counts.set(labels, (counts.get(labels) ?? 0) + 1)
    },

    print() {
      return [...counts].map(([labels, count]) => `requests_total{${labels}} ${count}\n`).join('')
    },

    get size() {
      return counts.size
    },
  }
}

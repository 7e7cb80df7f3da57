import { randomBytes } from 'node:crypto'

/** Sessions that end themselves; who shares a name is looked up, not kept. */
export function createSessions({ ttlMs, now = Date.now }) {
  const sessions = new Map()

  function end(token) {
    clearTimeout(sessions.get(token)?.timer)
    return sessions.delete(token)
  }

  return {
    open({ name, agent }) {
      const token = randomBytes(18).toString('base64url')
      const timer = setTimeout(end, ttlMs, token)
      timer.unref()
      sessions.set(token, { name, agent, timer, until: now() + ttlMs })
      return token
    },
    find(token) {
      const session = sessions.get(token)
      if (session && session.until <= now()) end(token)
      return sessions.get(token)
    },
    close(token, { everywhere = false } = {}) {
      const session = this.find(token)
      if (!session) return false
      end(token)
      if (everywhere) {
        for (const [other, { name }] of sessions) if (name === session.name) end(other)
      }
      return true
    },
    get size() {
      return sessions.size
    },
    get users() {
      return new Set([...sessions.values()].map(({ name }) => name)).size
    },
  }
}

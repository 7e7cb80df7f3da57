import { randomUUID } from 'node:crypto'

/** Who is logged in: by token, and by name for logging out everywhere. */
export function createSessions({ ttlMs, sweepMs, now = Date.now }) {
  const sessions = new Map()
  const byName = new Map()

  const sweeper = setInterval(() => {
    for (const [token, session] of sessions) {
      if (session.until <= now()) delete sessions[token]
    }
  }, sweepMs)
  sweeper.unref()

  return {
    open({ name, agent }) {
      const token = randomUUID()
      const session = { token, name, agent, until: now() + ttlMs }
      sessions.set(token, session)
      if (!byName.has(name)) byName.set(name, new Set())
      byName.get(name).add(session)
      return token
    },

    find(token) {
      const session = sessions.get(token)
      return session && session.until > now() ? session : undefined
    },

    close(token, { everywhere = false } = {}) {
      const session = this.find(token)
      if (!session) return false
      const ending = everywhere ? byName.get(session.name) : [session]
      for (const { token } of ending) sessions.delete(token)
      return true
    },

    get size() {
      return sessions.size
    },

    get users() {
      return byName.size
    },
  }
}

import { randomUUID } from 'node:crypto'

/** Who is logged in: by token, and by name for logging out everywhere. */
export function createSessions({ ttlMs, sweepMs, now = Date.now }) {
  const sessions = new Map()
  const byName = new Map()

  function forget(session) {
    sessions.delete(session.token)
    const others = byName.get(session.name)
    others?.delete(session)
    if (others?.size === 0) byName.delete(session.name)
  }

  const sweeper = setInterval(() => {
    for (const session of sessions.values()) {
      if (session.until <= now()) forget(session)
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
      const ending = everywhere ? [...byName.get(session.name)] : [session]
      for (const session of ending) forget(session)
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

import { EventEmitter, getEventListeners } from 'node:events'
import { createServer } from 'node:http'

import { createCache } from './cache.js'
import { createEstimates } from './carrier.js'
import { createCarrierLink } from './carrier-link.js'
import { json, readJson, send } from './http.js'
import { sendLabel } from './labels.js'
import { createMetrics } from './metrics.js'
import { loadParcels } from './parcels.js'
import { createRouter } from './router.js'
import { createSessions } from './sessions.js'
import { createStreams } from './streams.js'
import { createWaiters } from './waiters.js'

/** Puts the service together; nothing listens until the caller says so. */
export function createService(config) {
  const closing = new AbortController()
  const bus = new EventEmitter().setMaxListeners(0)
  const link = createCarrierLink()
  const parcels = loadParcels(config.parcelsFile)
  const sessions = createSessions({ ttlMs: config.sessionTtlMs, sweepMs: config.sessionSweepMs })
  const cache = createCache({ limit: config.cacheLimit })
  const estimates = createEstimates({ link, timeoutMs: config.carrierTimeoutMs, closing: closing.signal })
  const streams = createStreams({ bus, heartbeatMs: config.heartbeatMs })
  const waiters = createWaiters({ bus })
  const metrics = createMetrics()

  const withParcel = (handler) => (context) => {
    const parcel = parcels.get(context.params.id)
    return parcel ? handler({ ...context, parcel }) : json(context.res, 404, { error: 'no such parcel' })
  }

  const routes = createRouter({
    'POST /login': async ({ req, res }) => {
      const { name } = await readJson(req)
      if (typeof name !== 'string' || name.length < 1 || name.length > 200) {
        return json(res, 400, { error: 'name must have 1 to 200 characters' })
      }
      json(res, 201, { token: sessions.open({ name, agent: req.headers['user-agent'] ?? '' }) })
    },
    'GET /me': ({ req, res }) => {
      const session = sessions.find(bearer(req))
      if (!session) return json(res, 401, { error: 'log in first' })
      json(res, 200, { name: session.name, agent: session.agent })
    },
    'POST /logout': async ({ req, res }) => {
      const { everywhere = false } = await readJson(req)
      if (!sessions.close(bearer(req), { everywhere })) return json(res, 401, { error: 'log in first' })
      send(res, 204)
    },
    'GET /parcels/:id': withParcel(({ res, parcel }) => json(res, 200, parcel)),
    'POST /parcels/:id/events': withParcel(async ({ req, res, parcel }) => {
      const { status } = await readJson(req)
      if (typeof status !== 'string') return json(res, 400, { error: 'status is missing' })
      parcel.status = status
      bus.emit('event', { parcel: parcel.id, status })
      json(res, 202, parcel)
    }),
    'GET /parcels/:id/events': withParcel(({ req, res, parcel }) => streams.open(req, res, parcel.id)),
    'GET /parcels/:id/next': withParcel(async ({ res, parcel, query }) => {
      const gone = new AbortController()
      res.once('close', () => gone.abort())
      const ms = Math.min(Number(query.get('ms') ?? 30_000) || 0, 60_000)
      const event = await waiters.next(parcel.id, ms, gone.signal)
      if (event) json(res, 200, event)
      else send(res, 204)
    }),
    'GET /parcels/:id/eta': withParcel(async ({ res, parcel, query }) => {
      const to = query.get('to') ?? ''
      const key = `${parcel.id}\n${to}`
      const known = cache.get(key)
      if (known) return json(res, 200, known, { 'X-Cache': 'hit' })
      const estimate = await estimates.ask({ parcel: parcel.id, weight: parcel.weight, to })
      if (!estimate) return json(res, 504, { error: 'the carrier does not answer' })
      cache.set(key, estimate)
      json(res, 200, estimate, { 'X-Cache': 'miss' })
    }),
    'GET /parcels/:id/label': withParcel(({ req, res, parcel }) => sendLabel(req, res, config.labelsDir, parcel.id)),
    'GET /metrics': ({ res }) => send(res, 200, metrics.print(), { 'Content-Type': 'text/plain' }),
    'GET /debug': ({ res }) =>
      json(res, 200, {
        sessions: sessions.size,
        users: sessions.users,
        cached: cache.size,
        streams: streams.size,
        busListeners: bus.listenerCount('event'),
        waiters: waiters.size,
        inFlight: estimates.inFlight,
        linkListeners: link.listenerCount('answer'),
        closingListeners: getEventListeners(closing.signal, 'abort').length,
        series: metrics.size,
      }),
  })

  const server = createServer(async (req, res) => {
    const { pathname, searchParams: query } = new URL(req.url, 'http://desk')
    const { route, params, handler } = routes.match(req.method, pathname)
    res.on('close', () => metrics.count(req.method, route, res.statusCode))
    try {
      if (handler) await handler({ req, res, params, query })
      else json(res, 404, { error: 'no such page' })
    } catch (error) {
      if (res.headersSent) res.destroy()
      else json(res, error.status ?? 500, { error: error.status ? error.message : `${route}: internal error` })
    }
  })

  return {
    server,
    async close() {
      closing.abort()
      server.close()
      server.closeAllConnections()
    },
  }
}

function bearer(req) {
  return /^Bearer (\S+)$/.exec(req.headers.authorization ?? '')?.[1]
}

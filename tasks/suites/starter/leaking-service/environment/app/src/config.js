const NUMBERS = {
  port: ['PORT', 8090],
  sessionTtlMs: ['SESSION_TTL_MS', 30 * 60_000],
  sessionSweepMs: ['SESSION_SWEEP_MS', 60_000],
  cacheLimit: ['CACHE_LIMIT', 200],
  carrierTimeoutMs: ['CARRIER_TIMEOUT_MS', 10_000],
  heartbeatMs: ['HEARTBEAT_MS', 15_000],
}

export function readConfig(env) {
  const config = { labelsDir: env.LABELS_DIR ?? 'labels', parcelsFile: env.PARCELS ?? 'data/parcels.json' }
  for (const [key, [name, fallback]] of Object.entries(NUMBERS)) {
    const value = env[name] === undefined ? fallback : Number(env[name])
    if (!Number.isInteger(value) || value < 0) throw new Error(`${name} must be a whole number`)
    config[key] = value
  }
  return config
}

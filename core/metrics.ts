import { collectDefaultMetrics, Registry } from 'prom-client'

export { Counter, Gauge, Histogram, type Registry } from 'prom-client'

/**
 * How often the delay of the event loop is sampled. prom-client's default of 10 wakes a process that has
 * nothing to do a hundred times a second, which was two fifths of what a farm at rest spent.
 */
const LOOP_SAMPLE_MS = 100

/** A registry of its own for one process; names are `sbench_…_seconds|_bytes|_total`. */
export function openMetrics(process: string): Registry {
  const registry = new Registry()
  registry.setDefaultLabels({ process })
  collectDefaultMetrics({ register: registry, eventLoopMonitoringPrecision: LOOP_SAMPLE_MS })
  return registry
}

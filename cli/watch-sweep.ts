import { LiveArea } from './live-area.ts'
import { observeSweep, type SweepSources } from './observe-sweep.ts'
import type { Output } from './output.ts'
import { PaceMeter } from './pace.ts'
import { sweepLine, sweepTable } from './sweep-table.ts'
import type { SweepView } from './sweep-view.ts'

/** A terminal is redrawn twice a second at most; a log gets a line when there is something to say. */
const REDRAW_MS = 500
const LINE_MS = 3_000
/** A log that is watched shows that the sweep lives even when nothing happens. */
const QUIET_MS = 60_000

/**
 * Shows a sweep's progress on stderr: a table in place on a terminal, lines elsewhere, NDJSON with
 * `--json`. Returns the last view, also when the signal ends it early.
 */
export async function watchSweep(
  sources: SweepSources,
  output: Output,
  signal: AbortSignal,
): Promise<SweepView | null> {
  const onTerminal = output.stderr.isTTY === true && !output.json
  const screen = onTerminal
    ? terminalScreen(output)
    : output.json
      ? jsonLines(output)
      : lines(output)
  const intervalMs = onTerminal ? REDRAW_MS : LINE_MS
  let last: SweepView | null = null
  for await (const observation of observeSweep(sources, { intervalMs, signal })) {
    if ('note' in observation) {
      screen.note(observation.note)
    } else {
      last = observation.view
      screen.show(last)
    }
  }
  return last
}

interface Screen {
  show(view: SweepView): void
  note(text: string): void
}

function terminalScreen({ stderr }: Output): Screen {
  const area = new LiveArea(stderr)
  const meter = new PaceMeter()
  return {
    show(view) {
      const nowMs = Date.now()
      const pace = meter.measure(view.finished, view.planned, nowMs)
      const { columns = 100, rows = 40 } = stderr
      area.draw(sweepTable(view, { pace, nowMs, columns, rows }))
    },
    note: (text) => area.note(text),
  }
}

/** A line when a result came or the state changed, and one a minute in any case. */
function lines(output: Output): Screen {
  const meter = new PaceMeter()
  let shown = ''
  let shownAtMs = 0
  return {
    show(view) {
      const nowMs = Date.now()
      const pace = meter.measure(view.finished, view.planned, nowMs)
      const looked = view.stopping[0]?.rounds
      const state = JSON.stringify([view.status, view.finished, view.planned, looked])
      if (state === shown && nowMs - shownAtMs < QUIET_MS) return
      shown = state
      shownAtMs = nowMs
      output.say(sweepLine(view, pace))
    },
    note: (text) => output.say(text),
  }
}

function jsonLines(output: Output): Screen {
  let shown = ''
  return {
    show(view) {
      const line = JSON.stringify({ progress: view })
      if (line !== shown) output.say(line)
      shown = line
    },
    note: (note) => output.say(JSON.stringify({ note })),
  }
}

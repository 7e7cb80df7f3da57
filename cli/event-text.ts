import type { TrajectoryEvent } from '../core/trajectory.ts'

/** One step of a trajectory: a line that says what it is, its body indented below. */
export function eventText({ seq, ts, kind, turn, tool, body, meta }: TrajectoryEvent): string {
  const facts = Object.entries(meta).map(([name, value]) => `${name}=${value}`)
  const head = [
    String(seq).padStart(5),
    ts.slice(11, 23),
    kind,
    ...(turn > 0 ? [`turn ${turn}`] : []),
    ...(tool === '' ? [] : [tool]),
    ...facts,
  ].join('  ')
  const lines = body === '' ? [] : body.trimEnd().split('\n')
  return [head, ...lines.map((line) => `       ${line}`)].join('\n')
}

import { Failure, messageOf } from '../../core/failure.ts'
import { problemsFailure, problemsOf } from '../../core/problems.ts'
import { ATIF_VERSION, type AtifTrajectory, atifSchema } from './atif-schema.ts'

/** A document of any version up to 1.7, as one of 1.7. */
export interface ReadAtif {
  /** As the document says: `1.4`. */
  readonly version: string
  readonly trajectory: AtifTrajectory
  /** Where the document has more than its own version allows. */
  readonly warnings: readonly string[]
}

/** Newest minor version that is read; the first is 0. */
const NEWEST = 7
const VERSION = /^ATIF-v1\.(\d+)$/

/**
 * Reads a trajectory of version 1.0 to 1.7. Each version only added fields, so an older document is
 * one of 1.7 once its version is written anew and what is null is left out.
 *
 * @param subject what the document is called in messages.
 * @throws Failure `input.invalid` with every mistake at once.
 */
export function readAtif(text: string, subject: string): ReadAtif {
  const document = parsed(text, subject)
  const minor = versionOf(document, subject)
  const present = withoutNulls(document)
  const asNewest = withVersion(present)
  const read = atifSchema.safeParse(asNewest)
  if (!read.success)
    throw problemsFailure('input.invalid', subject, problemsOf(read.error, present))
  if (minor < NEWEST && read.data.session_id === undefined) {
    const remedy = `versions before 1.${NEWEST} need it`
    throw problemsFailure('input.invalid', subject, [{ path: 'session_id', remedy }])
  }
  const warnings = newerFields(read.data, minor)
  return { version: `1.${minor}`, trajectory: read.data, warnings }
}

function parsed(text: string, subject: string): Readonly<Record<string, unknown>> {
  try {
    const value: unknown = JSON.parse(text)
    if (typeof value === 'object' && value !== null && !Array.isArray(value)) return { ...value }
  } catch (cause) {
    const message = `${subject} holds no JSON: ${messageOf(cause)}`
    throw new Failure('input.invalid', message, { cause })
  }
  throw new Failure('input.invalid', `${subject} holds no trajectory: it is no JSON object.`)
}

function versionOf({ schema_version }: Readonly<Record<string, unknown>>, subject: string): number {
  const written = typeof schema_version === 'string' ? schema_version : ''
  const minor = Number(VERSION.exec(written)?.[1] ?? -1)
  if (minor >= 0 && minor <= NEWEST) return minor
  const remedy =
    minor > NEWEST
      ? `this program reads up to ATIF-v1.${NEWEST}; update sbench`
      : `write ATIF-v1.0 to ATIF-v1.${NEWEST}`
  throw problemsFailure('input.invalid', subject, [
    { path: 'schema_version', value: schema_version, remedy },
  ])
}

/** Writers of older versions say null for what they do not say. Arguments of tools keep theirs. */
function withoutNulls(value: unknown, key = ''): unknown {
  if (AS_WRITTEN.has(key)) return value
  if (Array.isArray(value)) return value.map((item) => withoutNulls(item))
  if (typeof value !== 'object' || value === null) return value
  return Object.fromEntries(
    Object.entries(value)
      .filter(([, item]) => item !== null)
      .map(([name, item]) => [name, withoutNulls(item, name)]),
  )
}

const AS_WRITTEN = new Set(['arguments', 'extra', 'tool_definitions'])

/** The newest version in the document and in every one that is embedded in it. */
function withVersion(document: unknown): unknown {
  if (typeof document !== 'object' || document === null) return document
  const { subagent_trajectories: embedded, ...rest } = Object.fromEntries(Object.entries(document))
  return {
    ...rest,
    ...(Array.isArray(embedded) ? { subagent_trajectories: embedded.map(withVersion) } : {}),
    schema_version: ATIF_VERSION,
  }
}

function newerFields({ steps, ...trajectory }: AtifTrajectory, minor: number): string[] {
  const since: [version: number, field: string, present: boolean][] = [
    [7, 'trajectory_id', trajectory.trajectory_id !== undefined],
    [7, 'subagent_trajectories', trajectory.subagent_trajectories !== undefined],
    [7, 'llm_call_count', steps.some((step) => step.llm_call_count !== undefined)],
    [7, 'tool_calls.extra', steps.some((step) => step.tool_calls?.some(({ extra }) => extra))],
    [6, 'a message of parts', steps.some(({ message }) => typeof message !== 'string')],
    [5, 'is_copied_context', steps.some((step) => step.is_copied_context !== undefined)],
  ].map(([version, field, present]) => [Number(version), String(field), present === true])
  return since
    .filter(([version, , present]) => present && version > minor)
    .map(([version, field]) => `says 1.${minor} and has ${field}, which came with 1.${version}`)
}

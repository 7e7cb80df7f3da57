import type { CommandOptions, CommandRunner } from '../../../sandbox/running-command.ts'
import { runCommand } from './run-command.ts'

export interface FilesOptions {
  readonly runner: CommandRunner
  /** As whom and where relative paths begin. */
  readonly how: CommandOptions
}

export type Found =
  | { readonly kind: 'text'; readonly text: string }
  | { readonly kind: 'folder'; readonly listing: string }
  | { readonly kind: 'none' }
  | { readonly kind: 'problem'; readonly problem: string }

const TIME_MS = 30_000
/** Of a file that is edited as text. */
const FILE_BYTES = 2 * 1024 * 1024

/** The kind goes to standard error, so that no content can be taken for it. */
const READ = `
if [ -d "$1" ]; then
  echo folder >&2
  find "$1" -maxdepth 2 -not -path '*/.git/*' | sort | head -n 500
elif [ ! -e "$1" ]; then echo none >&2
elif [ ! -f "$1" ]; then echo "problem it is no plain file" >&2
elif [ ! -r "$1" ]; then echo "problem it is not readable for $(id -un)" >&2
else
  size=$(wc -c <"$1")
  if [ $((size)) -gt "$2" ]; then echo "problem it has $((size)) bytes: use bash for it" >&2
  else echo text >&2; cat -- "$1"; fi
fi
`

/** Complete beside the target first, so that a cut connection leaves the old content. */
const WRITE = `
set -e
if [ -d "$1" ]; then echo "it is a folder" >&2; exit 1; fi
if [ "$3" = new ] && [ -e "$1" ]; then echo "it exists already" >&2; exit 1; fi
mkdir -p -- "$(dirname -- "$1")"
draft=$(mktemp)
trap 'rm -f "$draft"' EXIT
cat >"$draft"
[ "$(($(wc -c <"$draft")))" -eq "$2" ] || { echo "it was cut on its way" >&2; exit 1; }
cat "$draft" >"$1"
`

export async function readFound(
  { runner, how }: FilesOptions,
  path: string,
  signal: AbortSignal,
): Promise<Found> {
  const command = ['bash', '-c', READ, 'bash', path, String(FILE_BYTES)]
  const limits = { timeoutMs: TIME_MS, outputLimitBytes: 2 * FILE_BYTES, signal }
  const { stdout, stderr } = await runCommand(runner, command, { ...how, ...limits })
  const [kind = '', ...rest] = stderr.text.trim().split(' ')
  if (kind === 'folder') return { kind, listing: stdout.text }
  if (kind === 'none') return { kind }
  if (kind !== 'text') return { kind: 'problem', problem: rest.join(' ') || stderr.text.trim() }
  const { text } = stdout
  return text.includes('\0') ? { kind: 'problem', problem: 'it is no text' } : { kind, text }
}

export interface Writing {
  readonly text: string
  /** `new` refuses to write over a file. */
  readonly mode: 'new' | 'over'
  readonly signal: AbortSignal
}

/** @returns why it could not be written; null when it was. Mode and owner of a file stay. */
export async function writeText(
  { runner, how }: FilesOptions,
  path: string,
  { text, mode, signal }: Writing,
): Promise<string | null> {
  const bytes = Buffer.from(text)
  const command = ['bash', '-c', WRITE, 'bash', path, String(bytes.length), mode]
  const limits = { timeoutMs: TIME_MS, outputLimitBytes: 4_000, signal, input: bytes }
  const { exitCode, stderr } = await runCommand(runner, command, { ...how, ...limits })
  if (exitCode === 0) return null
  return stderr.text.trim() || `writing ended with ${exitCode}`
}

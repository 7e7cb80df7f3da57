/** One line of Docker's `changes`: 0 changed, 1 added, 2 removed. */
export interface FileChange {
  readonly Path: string
  readonly Kind: number
}

/** {@link FileChange.Kind} of what is gone. */
export const REMOVED = 2

/** What our own set-up and Docker's `Init` put into every container. */
const OURS = new Set([
  '/logs',
  '/logs/agent',
  '/logs/verifier',
  '/logs/artifacts',
  '/sbin/docker-init',
  '/usr/sbin/docker-init',
])
const ABOVE_OURS = new Set(['/sbin', '/usr', '/usr/sbin'])

/**
 * Whether there is nothing that the sandbox's user or entry point did.
 *
 * @param mountPaths folders that were made for volumes of ours, with those above them.
 */
export function isUntouched(
  changes: readonly FileChange[],
  mountPaths: readonly string[] = [],
): boolean {
  const forMounts = new Set(mountPaths.flatMap(foldersDownTo))
  return changes.every(
    ({ Path, Kind }) =>
      OURS.has(Path) ||
      (Kind === 0 && ABOVE_OURS.has(Path)) ||
      (Kind !== REMOVED && forMounts.has(Path)),
  )
}

function foldersDownTo(path: string): string[] {
  const names = path.split('/').slice(1)
  return names.map((_, n) => `/${names.slice(0, n + 1).join('/')}`)
}

const PROGRAM = /^\/(usr\/)?(local\/)?s?bin\/[^/]+$/
const LIBRARY = /^\/(usr\/)?(local\/)?lib(32|64|exec)?\/.*\.so(\.[\d.]+)?$/
/** Read by every shell, loader or interpreter that starts, whoever starts it. */
const STARTUP =
  /^\/etc\/(ld\.so\.(preload|conf(\.d\/.*)?)|profile(\.d\/.*)?|bash\.bashrc|environment|pip\.conf)$|^\/root\/\.(bash\w+|profile|zshenv|pydistutils\.cfg|npmrc|curlrc)$|\/(sitecustomize\.py|usercustomize\.py|[^/]+\.pth)$/
/** What verifiers commonly call: a new file of such a name may stand before the real one. */
const TOOLS = new Set(
  'sh bash dash env cat grep sed awk diff python python3 pytest pip pip3 uv uvx node npm npx git curl wget make gcc g++ go cargo java'.split(
    ' ',
  ),
)

/** How many are named; the rest is a number. They travel in a label of the snapshot. */
const NAMED = 40

export interface SystemChanges {
  /** Such as `changed /usr/bin/python3`, sorted. */
  readonly named: readonly string[]
  /** Further ones. */
  readonly more: number
}

/**
 * Changes after which the tools that a verifier uses may not be the image's any more: programs and
 * libraries that were replaced or removed, files that every start reads, and new files that stand
 * before common tools.
 *
 * They are named in the verdict, never undone: repairing a broken interpreter or installing a newer
 * one is the very work of some tasks, and an old program among new libraries would fail honest
 * ones. Tasks that must not trust the agent's system take a separate verifier.
 */
export function systemChanges(changes: readonly FileChange[]): SystemChanges {
  const found = changes.filter(isSuspicious).map(({ Path, Kind }) => `${VERBS[Kind]} ${Path}`)
  return { named: found.sort().slice(0, NAMED), more: Math.max(0, found.length - NAMED) }
}

const VERBS = ['changed', 'added', 'removed']

function isSuspicious({ Path, Kind }: FileChange): boolean {
  if (OURS.has(Path)) return false
  if (STARTUP.test(Path)) return true
  if (Kind === 1) return PROGRAM.test(Path) && TOOLS.has(Path.slice(Path.lastIndexOf('/') + 1))
  return PROGRAM.test(Path) || LIBRARY.test(Path)
}

